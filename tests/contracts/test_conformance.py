"""Every backend of edgeci passes the conformance suite, and the suite notices every promise that is broken."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgeci.conformance import Check, Nonconformity, checks
from edgeci.errors import ConfigError
from tests.backends.language_models import interpreter, minilm, smollm2
from tests.contracts.test_contributing import EXAMPLES, install
from tests.models.bigram import write_bigram
from tests.models.shortened import shortened
from tests.promise_breakers import promise_breakers

HERE = ("onnxruntime", "openvino")
ELSEWHERE = ("olive",)
EMBEDDING_MODELS = ("llama_cpp", "optimum_intel")
LANGUAGE_MODELS = ("llama_cpp", "mlx", "optimum_intel", "onnxruntime_genai")


@pytest.fixture
def strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with those of tests/promise_breakers, and the one of CONTRIBUTING.md, as pip would leave them."""
    folder = tmp_path / "packages"
    folder.mkdir()
    install(folder)
    metadata = folder / "promise_breakers-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: promise_breakers\nVersion: 1.0\n")
    points = [f"{name} = promise_breakers:{name}" for name in promise_breakers.INSTANCES]
    (metadata / "entry_points.txt").write_text("\n".join(["[edgeci.backends]", *points, ""]))
    (folder / "promise_breakers.py").write_text(Path(promise_breakers.__file__).read_text())
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ["PYTHONPATH"]]))
    yield folder
    for name in ("promise_breakers", "edgeci_reference"):
        sys.modules.pop(name, None)


def model_for(kind: type[promise_breakers.Upright], folder: Path) -> Path | None:
    """What it is examined on: backends of tensors bring nothing."""
    if not issubclass(kind, promise_breakers.UprightText):
        return None
    return write_bigram(folder / "model.gguf", embeds=issubclass(kind, promise_breakers.UprightEmbeddings))


@pytest.mark.parametrize("check", [each for name in HERE for each in checks(name)], ids=lambda check: check.title)
def test_a_backend_of_ours_conforms(check: Check) -> None:
    check()


@pytest.mark.slow
@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_backend_with_an_environment_of_its_own_conforms(name: str) -> None:
    for check in checks(name, interpreter=interpreter(name)):
        check()


@pytest.fixture(scope="module")
def short_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every recipe is made of it and asked often; what becomes of the whole model is for each backend's own tests."""
    return shortened(smollm2(), tmp_path_factory.mktemp("short") / "model")


@pytest.mark.slow
@pytest.mark.parametrize("name", LANGUAGE_MODELS)
def test_a_backend_of_language_models_conforms(name: str, short_model: Path) -> None:
    for check in checks(name, short_model, interpreter(name)):
        check()


@pytest.mark.slow
@pytest.mark.parametrize("name", EMBEDDING_MODELS)
def test_a_backend_of_embedding_models_conforms(name: str) -> None:
    for check in checks(name, minilm(), interpreter(name)):
        check()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["upright", "uprighttext", "uprightembeddings", "reference"])
def test_a_backend_that_keeps_every_promise_passes(name: str, strangers: Path, tmp_path: Path) -> None:
    kind = type(promise_breakers.INSTANCES[name]) if name in promise_breakers.INSTANCES else None
    model = None if kind is None else model_for(kind, tmp_path)
    for check in checks(name, model):
        check()


@pytest.mark.slow
@pytest.mark.parametrize("broken", promise_breakers.BREAKING, ids=lambda broken: broken.__name__.lower())
def test_a_broken_promise_is_noticed(broken: type[promise_breakers.Upright], strangers: Path, tmp_path: Path) -> None:
    model = model_for(broken, tmp_path)
    [check] = [each for each in checks(broken.__name__.lower(), model) if str(each) == broken.INSTEAD]
    with pytest.raises(Nonconformity):
        check()


EASILY_SEEN = {
    "it_is_among_the_declared_backends",
    "it_has_the_shape_of_a_backend",
    "importing_it_imports_no_framework",
    "without_its_framework_it_says_what_is_missing",
    "threads_do_not_change_the_answers",
    "making_it_again_gives_the_same",
}


def test_every_promise_is_broken_by_somebody(strangers: Path, tmp_path: Path) -> None:
    """What nobody breaks here is not known to be noticed."""
    promises = {
        str(check)
        for kind in promise_breakers.UPRIGHT
        for check in checks(kind.__name__.lower(), model_for(kind, tmp_path))
    }
    assert promises - EASILY_SEEN == {broken.INSTEAD for broken in promise_breakers.BREAKING} - EASILY_SEEN


@pytest.mark.parametrize("name", HERE)
def test_every_check_says_what_it_promises(name: str) -> None:
    for check in checks(name):
        assert check.sentence.endswith("."), str(check)


def test_a_backend_of_models_of_text_needs_a_model_and_another_takes_none(strangers: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="runs models of text: give one"):
        checks("uprighttext")
    with pytest.raises(ConfigError, match="leave `model` out"):
        checks("onnxruntime", "model.onnx")
    with pytest.raises(ConfigError, match="is for embeddings, and uprighttext is for text"):
        checks("uprighttext", write_bigram(tmp_path / "model.gguf", embeds=True))
    with pytest.raises(ConfigError, match="unknown backend 'nobody'"):
        checks("nobody")


@pytest.mark.slow
def test_the_test_in_contributing_runs_as_it_stands_there(strangers: Path, tmp_path: Path) -> None:
    (tmp_path / "test_reference.py").write_text(EXAMPLES["backend test"])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_reference.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
