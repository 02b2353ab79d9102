import importlib.metadata
import os
import subprocess
import sys
import threading
import venv
from pathlib import Path

import pytest

import edgeci
from edgeci.config import Config, Limits
from edgeci.errors import BackendMissing, ConfigError, WorkspaceError
from edgeci.isolation.environments import (
    COMPLETE,
    Ingredients,
    absence,
    alone,
    environments_folder,
    folder_of,
    ingredients,
    interpreter,
    is_made,
    lacking,
    own_environment,
    pins,
    python_of,
    run_module,
    superseded,
)
from edgeci.isolation.own_code import link_into
from edgeci.isolation.process import Worker, ask_once
from edgeci.work.machine import importable
from edgeci.work.making import versions

PLAIN = Ingredients(first=(), pins=("numpy>=2",), alone=(), variables={})
CONFIG = Config.model_validate(
    {"model": "m", "data": {"evaluation": {"path": "e.npz"}}, "targets": [{"name": "cpu", "backends": ["onnxruntime"]}]}
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where environments are made in a test."""
    monkeypatch.setenv("EDGECI_ENVIRONMENTS", str(tmp_path))
    return tmp_path


def whole(place: Path) -> Path:
    """What a finished environment looks like from outside."""
    python_of(place).parent.mkdir(parents=True)
    python_of(place).symlink_to(sys.executable)
    (place / COMPLETE).touch()
    return place


def quiet(message: str) -> None:
    """Progress that nobody reads."""


@pytest.mark.parametrize(
    "other",
    [
        Ingredients(first=("torch==2",), pins=PLAIN.pins, alone=(), variables={}),
        Ingredients(first=(), pins=("numpy>=3",), alone=(), variables={}),
        Ingredients(first=(), pins=(), alone=PLAIN.pins, variables={}),
        Ingredients(first=(), pins=PLAIN.pins, alone=(), variables={"CMAKE_ARGS": "-DX=1"}),
    ],
)
def test_whatever_changes_what_comes_out_changes_the_key(other: Ingredients) -> None:
    assert other.key != PLAIN.key


def test_packages_are_installed_in_the_order_that_keeps_large_builds_out() -> None:
    made = Ingredients(first=("torch==2",), pins=("a", "b"), alone=("c",), variables={})
    assert made.installs == (("torch==2",), ("a", "b"), ("--no-deps", "c"))


def test_an_extra_with_an_underscore_is_found_and_others_stay_out() -> None:
    found = pins("onnxruntime_genai")
    assert any(pin.startswith("onnxruntime-genai") for pin in found)
    assert any(pin.startswith("numpy") for pin in found), "what every worker needs"
    assert not any(pin.startswith(("pytest", "openvino", "edgeci")) for pin in found)


def test_every_backend_of_ours_has_an_extra_that_brings_more_than_the_core() -> None:
    core = set(pins("no such extra"))
    ours = [
        point for point in importlib.metadata.entry_points(group="edgeci.backends") if "edgeci.backends" in point.value
    ]
    assert ours
    for point in ours:
        assert set(ingredients(point.name).pins) - core, point.name


def test_a_backend_that_is_nowhere_names_the_command_that_installs_it(folder: Path) -> None:
    reason = absence("onnxruntime_genai")
    if reason is None:
        pytest.skip("onnxruntime_genai is installed in this interpreter")
    assert reason.endswith("run `edgeci backend install onnxruntime_genai`")
    with pytest.raises(BackendMissing, match="edgeci backend install onnxruntime_genai"):
        interpreter("onnxruntime_genai", CONFIG, quiet)


def test_an_environment_is_used_only_when_it_is_whole(folder: Path) -> None:
    place = whole(folder_of("onnxruntime_genai"))
    (place / COMPLETE).unlink()
    assert not is_made("onnxruntime_genai")
    (place / COMPLETE).touch()
    assert is_made("onnxruntime_genai")
    if absence("onnxruntime_genai", "this") is not None:
        assert interpreter("onnxruntime_genai", CONFIG, quiet) == str(python_of(place))


def test_an_unknown_backend_is_a_mistake(folder: Path) -> None:
    with pytest.raises(ConfigError, match="unknown backend 'onyx'"):
        own_environment("onyx", quiet)


def test_an_environment_whose_python_is_gone_is_not_whole(folder: Path) -> None:
    place = whole(folder_of("onnxruntime_genai"))
    python_of(place).unlink()
    python_of(place).symlink_to("/nonexistent/python3")
    assert not is_made("onnxruntime_genai")


def test_a_third_partys_backend_runs_where_its_package_is(folder: Path) -> None:
    """tests/fake_backends declares the backend bigram."""
    assert not is_made("bigram")
    assert absence("bigram") is None
    assert "comes with edgeci-fakes" in str(absence("bigram", "venv"))
    with pytest.raises(BackendMissing, match="bigram has no environment of its own"):
        own_environment("bigram", quiet)
    assert "edgeci backend install" not in lacking("bigram", ["nowhere"])


def test_a_worker_of_another_python_sees_this_edgeci_its_entry_points_and_nothing_else_of_ours(tmp_path: Path) -> None:
    """A virtual environment without a single package stands for one that lacks ours."""
    venv.create(tmp_path / "bare", with_pip=False)
    linked = link_into(tmp_path / "packages")
    ask = (
        "import importlib.metadata as m, importlib.util as u, edgeci; print(edgeci.__file__);"
        "print(*sorted(p.name for p in m.entry_points(group='edgeci.backends')));"
        "print(*[n for n in ('numpy', 'onnx', 'pytest') if u.find_spec(n)])"
    )
    done = subprocess.run(
        [python_of(tmp_path / "bare"), "-c", ask],
        env={"PYTHONPATH": str(linked)},
        capture_output=True,
        text=True,
        check=True,
    )
    file, names, others = done.stdout.split("\n")[:3]
    assert Path(file).resolve() == Path(edgeci.__file__).resolve()
    assert {"onnxruntime", "openvino"} <= set(names.split())
    assert others == ""


@pytest.mark.slow
def test_an_environment_runs_its_backend_with_its_own_packages(folder: Path) -> None:
    said: list[str] = []
    half = folder_of("onnxruntime")
    (half / "lib").mkdir(parents=True)
    python = own_environment("onnxruntime", said.append)
    assert any("pip install" in line for line in said)
    assert Path(python).is_relative_to(half), "what was left half-made is made anew"
    limits = Limits(timeout_seconds=60)
    there = ask_once(Worker(limits, str(python)), versions, ["onnxruntime"])
    assert there["onnxruntime"][0].isdigit()
    with pytest.raises(Exception, match="No module named 'openvino'"):
        ask_once(Worker(limits, str(python)), importable, ["openvino"])
    said.clear()
    own_environment("onnxruntime", said.append)
    assert said == [], "made once"


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


def test_environments_for_other_pins_are_told_apart(folder: Path) -> None:
    current = whole(folder_of("llama_cpp"))
    old = whole(folder / "llama_cpp-0123456789ab")
    (folder / "mlx-half").mkdir()
    whole(folder / "somebody-elses")
    assert superseded() == [old] != [current]


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


def test_environments_are_in_the_same_place_from_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDGECI_ENVIRONMENTS", "environments")
    assert environments_folder() == tmp_path / "environments"
    monkeypatch.delenv("EDGECI_ENVIRONMENTS")
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    assert environments_folder() == Path.home() / ".cache" / "edgeci" / "environments"
