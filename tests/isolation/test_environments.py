import subprocess
import sys
import venv
from pathlib import Path

import pytest

import edgeci
from edgeci.config import Config, Limits
from edgeci.errors import BackendMissing, ConfigError
from edgeci.isolation.environments import (
    absence,
    environment_of,
    folder_of,
    interpreter,
    is_made,
    lacking,
    own_environment,
    superseded,
)
from edgeci.isolation.own_code import link_into
from edgeci.isolation.process import Worker, ask_once
from edgeci.isolation.virtual_environment import COMPLETE, VirtualEnvironment, environments_folder, python_of
from edgeci.work.machine import importable
from edgeci.work.making import versions

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


def layer_of(name: str) -> VirtualEnvironment:
    layer = environment_of(name).layer
    assert layer is not None, f"{name} has no large requirement any more"
    return layer


def quiet(message: str) -> None:
    """Progress that nobody reads."""


def test_a_backend_that_is_nowhere_names_the_command_that_installs_it(folder: Path) -> None:
    reason = absence("onnxruntime_genai")
    if reason is None:
        pytest.skip("onnxruntime_genai is installed in this interpreter")
    assert reason.endswith("run `edgeci backend install onnxruntime_genai`")
    with pytest.raises(BackendMissing, match="edgeci backend install onnxruntime_genai"):
        interpreter("onnxruntime_genai", CONFIG, quiet)


def test_an_environment_is_used_only_when_it_is_whole(folder: Path) -> None:
    place = whole(folder_of("onnxruntime_genai"))
    assert not is_made("onnxruntime_genai"), "its layer is not there"
    whole(layer_of("onnxruntime_genai").folder)
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
    place = whole(folder_of("openvino"))
    assert is_made("openvino")
    python_of(place).unlink()
    python_of(place).symlink_to("/nonexistent/python3")
    assert not is_made("openvino")


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


def test_environments_for_other_pins_are_told_apart(folder: Path) -> None:
    current = whole(folder_of("llama_cpp"))
    old = whole(folder / "llama_cpp-0123456789ab")
    (folder / "mlx-half").mkdir()
    whole(folder / "somebody-elses")
    layer = whole(layer_of("llama_cpp").folder)
    old_layer = whole(folder / "layer-0123456789ab")
    assert superseded() == [old_layer, old]
    assert current.exists() and layer.exists()


def test_backends_that_want_the_same_torch_share_one() -> None:
    shared = [layer_of(name) for name in ("llama_cpp", "olive", "onnxruntime_genai", "optimum_intel")]
    assert len(set(map(str, shared))) == 1


def test_environments_are_in_the_same_place_from_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDGECI_ENVIRONMENTS", "environments")
    assert environments_folder() == tmp_path / "environments"
    monkeypatch.delenv("EDGECI_ENVIRONMENTS")
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    assert environments_folder() == Path.home() / ".cache" / "edgeci" / "environments"
