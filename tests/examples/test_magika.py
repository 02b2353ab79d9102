"""The magika example: its items are what magika would see, and its recipes end as docs/examples.md says."""

import importlib.util
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from edgeci.stages.run import Outcome, run
from edgeci.types import Candidate, Verdict
from edgeci.workbench.project import open_project

EXAMPLE = Path(__file__).parents[2] / "examples/magika"
CALIBRATED, BROADCASTS = "int8, calibrated", "int8, and what broadcasts"
EVERY, DYNAMIC, AS_IS = "int8, every operator", "int8, dynamic", "onnxruntime as-is"


@pytest.fixture(scope="module")
def prepare() -> ModuleType:
    """examples/magika/prepare.py as a module."""
    spec = importlib.util.spec_from_file_location("prepare_magika", EXAMPLE / "prepare.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def prepared(folder: Path) -> Path:
    subprocess.run([sys.executable, EXAMPLE / "prepare.py", folder], check=True)
    return folder


def test_our_features_give_magikas_own_answer_on_every_file(prepare: ModuleType) -> None:
    """magika is asked for the model's opinion, before its own rules for low confidence."""
    from magika import Magika
    from onnxruntime import InferenceSession

    session, names = InferenceSession(prepare.model_folder() / "model.onnx"), prepare.class_names()
    theirs = Magika()
    judging, calibrating = prepare.choose()
    assert len(judging) + len(calibrating) >= 200
    for item in [*judging, *calibrating]:
        scores = session.run(None, {"bytes": prepare.features(item.content)[None].astype(np.int32)})[0][0]
        answer = theirs.identify_bytes(item.content).prediction
        assert names[int(scores.argmax())] == str(answer.dl.label), item.name
        assert float(scores.max()) == pytest.approx(answer.score, abs=1e-4), item.name


@pytest.mark.parametrize("content", [b" \n x" + b"y" * 5000 + b"\t \n", b"short one", b"a" * 2048, bytes(9000)])
def test_white_space_is_cut_off_and_short_files_are_padded(content: bytes, prepare: ModuleType) -> None:
    from io import BytesIO

    from magika import Magika
    from magika.types import Seekable

    wanted = Magika._extract_features_from_seekable(Seekable(BytesIO(content)), 1024, 0, 1024, 256, 4096, False)
    assert prepare.features(content).tolist() == [*wanted.beg, *wanted.end]


def test_no_item_calibrates_and_judges(prepare: ModuleType) -> None:
    judging, calibrating = prepare.choose()
    seen = [prepare.features(item.content).tobytes() for item in [*judging, *calibrating]]
    assert len(set(seen)) == len(seen)


def test_every_type_has_its_items(prepare: ModuleType) -> None:
    judging, calibrating = prepare.choose()
    types = set(prepare.SHIPPED) | set(prepare.WRITTEN)
    assert set(Counter(item.label for item in judging)) == set(Counter(item.label for item in calibrating)) == types
    assert Counter(item.label for item in judging).most_common()[-1][1] >= 5
    assert types <= set(prepare.class_names())


def test_the_same_versions_prepare_the_same_bytes(tmp_path: Path) -> None:
    """In two processes, whose hashes and clocks differ."""
    first, second = prepared(tmp_path / "first"), prepared(tmp_path / "second")
    names = ["calibration.npz", "edgeci.yaml", "evaluation.npz", "model.onnx"]
    assert sorted(path.name for path in first.iterdir()) == names
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_the_model_is_the_packages_byte_for_byte(tmp_path: Path, prepare: ModuleType) -> None:
    folder = prepared(tmp_path)
    assert (folder / "model.onnx").read_bytes() == (prepare.model_folder() / "model.onnx").read_bytes()


def test_a_magika_that_reads_files_differently_is_noticed(
    prepare: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = json.loads((prepare.model_folder() / "config.min.json").read_text())
    (tmp_path / "config.min.json").write_text(json.dumps({**settings, "beg_size": 512}))
    monkeypatch.setattr(prepare, "model_folder", lambda: tmp_path)
    with pytest.raises(SystemExit, match="reads files differently"):
        prepare.class_names()


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The example, run once from beginning to end."""
    folder = prepared(tmp_path_factory.mktemp("magika"))
    return run(open_project(folder / "edgeci.yaml", folder / ".edgeci", print))


def candidate(finished: Outcome, title: str) -> Candidate:
    return next(each for each in finished.evidence.candidates if each.recipe.title == title)


def verdict(finished: Outcome, title: str, metric: str) -> Verdict:
    recipe_id = candidate(finished, title).recipe.id
    judged = [each for each in finished.evidence.verdicts if (each.candidate, each.gate.metric) == (recipe_id, metric)]
    assert len(judged) == 1
    return judged[0]


@pytest.mark.slow
def test_every_recipe_gives_a_candidate_that_loads_and_runs(finished: Outcome) -> None:
    assert {each.recipe.title for each in finished.evidence.candidates} == {
        AS_IS, CALIBRATED, BROADCASTS, EVERY, DYNAMIC
    }  # fmt: skip
    assert finished.evidence.skipped == ()


@pytest.mark.slow
def test_the_unoptimized_model_fails_because_it_is_no_smaller_and_no_faster(finished: Outcome) -> None:
    assert verdict(finished, AS_IS, "accuracy").outcome == "passed"
    assert verdict(finished, AS_IS, "size").outcome == "failed"


@pytest.mark.slow
def test_calibrated_int8_keeps_the_accuracy_at_a_quarter_of_the_size(finished: Outcome) -> None:
    assert verdict(finished, CALIBRATED, "size").outcome == "passed"
    assert candidate(finished, CALIBRATED).size_bytes < 0.3 * candidate(finished, AS_IS).size_bytes
    assert any(note.startswith("quantized per tensor") for note in candidate(finished, CALIBRATED).notes)
    if has_vnni():
        assert verdict(finished, CALIBRATED, "accuracy").outcome == "passed"


@pytest.mark.slow
def test_calibrated_int8_is_released_where_the_cpu_multiplies_int8(finished: Outcome) -> None:
    if not has_vnni():
        pytest.skip("this CPU has no VNNI: int8 saturates and need not be faster")
    assert verdict(finished, CALIBRATED, "latency_cpu").outcome in ("passed", "inconclusive")
    [decision] = finished.evidence.decisions
    assert decision.winner in (candidate(finished, CALIBRATED).recipe.id, None)
    assert decision.outcome in ("passed", "inconclusive")


@pytest.mark.slow
def test_a_few_operators_more_cannot_be_told_from_good_enough(finished: Outcome) -> None:
    accuracy = verdict(finished, BROADCASTS, "accuracy")
    assert accuracy.outcome == "inconclusive" or not has_vnni()
    assert accuracy.outcome != "passed"


@pytest.mark.slow
def test_every_operator_in_int8_is_garbage_and_fails_on_accuracy(finished: Outcome) -> None:
    accuracy = verdict(finished, EVERY, "accuracy")
    assert accuracy.outcome == "failed"
    assert accuracy.value is not None and accuracy.value < 0.3


@pytest.mark.slow
def test_dynamic_int8_fails_on_latency_alone(finished: Outcome) -> None:
    assert verdict(finished, DYNAMIC, "size").outcome == "passed"
    assert verdict(finished, DYNAMIC, "latency_cpu").outcome == "failed"
    assert verdict(finished, DYNAMIC, "accuracy").outcome != "failed"


def has_vnni() -> bool:
    """Whether this CPU multiplies int8 without saturating: x86-64 with VNNI."""
    flags = Path("/proc/cpuinfo")
    return flags.exists() and "vnni" in flags.read_text()
