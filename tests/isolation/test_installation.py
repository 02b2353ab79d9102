"""Making a virtual environment. Packages come from a wheelhouse, so nothing is fetched."""

import json
import os
import subprocess
import threading
import venv
import zipfile
from pathlib import Path

import pytest

from edgeci.errors import BackendMissing, WorkspaceError
from edgeci.isolation.ingredients import Ingredients
from edgeci.isolation.installation import alone, ensure, run_module
from edgeci.isolation.virtual_environment import COMPLETE, VirtualEnvironment

WHEELHOUSE = {
    "large": ("1.0", "2.0"),
    "companion": ("1.0", "2.0"),
    "needs_large": ("1.0",),
}
REQUIREMENTS = {"large": ("companion",), "needs_large": ("large", "companion==1.0")}


def write_wheel(folder: Path, name: str, version: str) -> None:
    """A package of one module that knows its version."""
    about = "".join(f"Requires-Dist: {requirement}\n" for requirement in REQUIREMENTS.get(name, ()))
    metadata = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", f"version = {version!r}\n")
        wheel.writestr(f"{metadata}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{about}")
        wheel.writestr(f"{metadata}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{metadata}/RECORD", "")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where environments are made in a test, of packages from a wheelhouse."""
    wheelhouse = tmp_path / "wheelhouse"
    wheelhouse.mkdir()
    for name, versions in WHEELHOUSE.items():
        for version in versions:
            write_wheel(wheelhouse, name, version)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheelhouse))
    monkeypatch.setenv("EDGECI_ENVIRONMENTS", str(tmp_path / "environments"))
    return tmp_path / "environments"


def seen_by(environment: VirtualEnvironment) -> dict[str, tuple[str, str]]:
    """Version and folder of each module that its Python imports."""
    ask = f"import json, {', '.join(WHEELHOUSE)}\n"
    ask += f"print(json.dumps({{m.__name__: (m.version, m.__file__) for m in ({', '.join(WHEELHOUSE)})}}))"
    done = subprocess.run([environment.python, "-I", "-c", ask], capture_output=True, text=True, check=True)
    said = json.loads(done.stdout).items()
    return {
        name: (version, Path(file).relative_to(environment.folder.parent).parts[0]) for name, (version, file) in said
    }


LARGE = ("large==1.0",)
FIRST = VirtualEnvironment("first", Ingredients(first=LARGE, pins=("needs_large",)))
SECOND = VirtualEnvironment("second", Ingredients(first=LARGE, pins=("companion", "large==2.0", "needs_large")))


def test_two_environments_share_a_layer_and_what_is_their_own_comes_first(folder: Path) -> None:
    said: list[str] = []
    assert FIRST.layer == SECOND.layer and FIRST.layer is not None
    (FIRST.layer.folder / "lib").mkdir(parents=True)  # somebody was interrupted
    FIRST.folder.mkdir()
    (FIRST.folder / COMPLETE).touch()  # it stood on a layer that is gone
    ensure(FIRST, said.append)
    ensure(SECOND, said.append)
    assert [line.partition(":")[0] for line in said] == ["layer"] * 2 + ["first"] * 2 + ["second"] * 2, "each once"
    mine, theirs, below = FIRST.folder.name, SECOND.folder.name, FIRST.layer.folder.name
    assert seen_by(FIRST) == {
        "large": ("1.0", below),
        "companion": ("1.0", mine),  # the layer has 2.0
        "needs_large": ("1.0", mine),
    }
    assert seen_by(SECOND) == {
        "large": ("2.0", theirs),
        "companion": ("1.0", theirs),
        "needs_large": ("1.0", theirs),
    }
    assert (FIRST.layer.packages / "companion.py").read_text() == "version = '2.0'\n", "nothing was taken from it"
    said.clear()
    ensure(FIRST, said.append)
    assert said == []


def test_a_layer_that_cannot_be_made_leaves_nothing_whole(folder: Path) -> None:
    wanted = VirtualEnvironment("it", Ingredients(first=("large==3.0",), pins=("companion",)))
    with pytest.raises(BackendMissing, match=r"layer: its environment cannot be made: .*large==3\.0"):
        ensure(wanted, print)
    assert not wanted.is_whole and not wanted.folder.exists()


def test_who_waits_for_another_says_so(tmp_path: Path) -> None:
    lock, said = tmp_path / "a.lock", threading.Event()
    order: list[str] = []

    def second() -> None:
        with alone(lock, said.set):
            order.append("second")

    with alone(lock, lambda: order.append("nobody was here")):
        waiting = threading.Thread(target=second)
        waiting.start()
        assert said.wait(30)
        order.append("first")
    waiting.join(30)
    assert order == ["first", "second"]


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A virtual environment without a single package, and a place in it for modules."""
    place = tmp_path / "bare"
    venv.create(place, with_pip=False)
    return place


def bring(environment: Path, name: str, code: str) -> None:
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / f"{name}.py").write_text(code)


def test_a_module_in_the_callers_folder_installs_nothing(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository may hold a `pip.py`."""
    caller = tmp_path / "caller"
    caller.mkdir()
    for name in ("pip", "ensurepip", "sitecustomize", "json"):
        (caller / f"{name}.py").write_text(f"open({str(tmp_path / 'canary')!r}, 'w').close()\n")
    monkeypatch.chdir(caller)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", str(caller)]))
    with pytest.raises(BackendMissing, match=r"it: its environment cannot be made: .*No module named pip"):
        run_module("it", bare, ("pip", "--version"), {})
    bring(bare, "json_reader", "import json, os; assert not os.listdir()")
    run_module("it", bare, ("json_reader",), {})
    assert not (tmp_path / "canary").exists()


def test_a_disk_that_is_full_is_no_missing_backend(bare: Path) -> None:
    bring(bare, "pip", "raise SystemExit('ERROR: [Errno 28] No space left on device')")
    with pytest.raises(WorkspaceError, match="the disk is full"):
        run_module("it", bare, ("pip", "install", "it"), {})


def test_an_installation_sees_no_secret(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "canary")
    monkeypatch.setenv("PIP_INDEX_URL", "https://index")
    code = "import os; assert os.environ['PIP_INDEX_URL'] and os.environ['CMAKE_ARGS'] == '-DX=1'\n"
    bring(bare, "pip", code + "assert 'canary' not in os.environ.values()\n")
    run_module("it", bare, ("pip",), {"CMAKE_ARGS": "-DX=1"})
