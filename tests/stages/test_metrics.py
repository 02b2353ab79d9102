"""Metrics of boxes, of texts, of one's own and of clusters go the whole way, from data to a verdict."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from edgeci.evaluation.boxes import Boxes, matched_row
from edgeci.evaluation.measures.sequences import best_path
from edgeci.statistics.sets import value
from tests.stages.project_folder import complaint, edgeci
from tests.stages.test_judged_outputs import FLOAT, HIDDEN, LOGITS, accuracy, done, optimized, project

QUICK = "budget: {seconds: 2, launches: 1}\n"
FOUR_BY_FOUR = HIDDEN.reshape(-1, 2, 4, 4)
STEPS = HIDDEN.reshape(-1, 8, 4)
LETTERS = "abc"
TEXTS = ["".join(LETTERS[place - 1] for place in best_path(steps, 0)) for steps in STEPS]


def reshaped(folder: Path, shape: tuple[int, ...], labels: Any, metric: str, config: str = "") -> Path:
    """The features in another shape, as the only output."""
    node = helper.make_node("Reshape", ["features", "shape"], ["answer"])
    output = helper.make_tensor_value_info("answer", FLOAT, ["N", *shape])
    constants = {"shape": np.array([-1, *shape], np.int64)}
    return project(folder, [node], [output], labels, QUICK + config, metric, constants)


def test_texts_without_their_letters_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    said = complaint(optimized(reshaped(tmp_path, (8, 4), np.array(TEXTS), "cer")), 2)
    assert "say which symbol is which number with `sequence: {letters: ...}`" in said


def boxes_project(folder: Path) -> tuple[Path, float]:
    """Two boxes a picture, of which the labels have one moved."""
    rows = HIDDEN.reshape(-1, 8, 4)[:, :2]
    corners = np.concatenate((rows[..., :2], rows[..., :2] + 10), axis=2).astype(np.float64)
    scores = 1 / (1 + np.exp(-LOGITS[:, :2].astype(np.float64)))
    moved = corners.copy()
    moved[::3, 0] += 6
    classes = np.zeros((len(rows), 2, 1))
    nodes = [
        helper.make_node("Reshape", ["features", "shape"], ["rows"]),
        helper.make_node("Slice", ["rows", "zeros", "twos", "axes"], ["first"]),
        helper.make_node("Add", ["first", "ten"], ["second"]),
        helper.make_node("Concat", ["first", "second"], ["boxes"], axis=2),
        helper.make_node("Slice", ["logits", "zero", "two", "one"], ["some"]),
        helper.make_node("Sigmoid", ["some"], ["scores"]),
        helper.make_node("Mul", ["scores", "none"], ["nothing"]),
        helper.make_node("Cast", ["nothing"], ["labels"], to=TensorProto.INT64),
    ]
    constants = {
        "shape": np.array([-1, 8, 4], np.int64), "ten": np.float32(10), "none": np.float32(0),
        "zeros": np.array([0, 0], np.int64), "twos": np.array([2, 2], np.int64), "axes": np.array([1, 2], np.int64),
        "zero": np.array([0], np.int64), "two": np.array([2], np.int64), "one": np.array([1], np.int64),
    }  # fmt: skip
    outputs = [helper.make_tensor_value_info("boxes", FLOAT, ["N", 2, 4]),
               helper.make_tensor_value_info("scores", FLOAT, ["N", 2]),
               helper.make_tensor_value_info("labels", TensorProto.INT64, ["N", 2])]  # fmt: skip
    labels = np.concatenate((classes, moved), axis=2)
    made = project(folder, nodes, outputs, labels, QUICK, "map_50", constants)
    expected = [
        matched_row(Boxes(true, np.zeros(2), np.ones(2)), Boxes(said, np.zeros(2), score))
        for true, said, score in zip(moved, corners, scores, strict=True)
    ]
    return made, value("map_50", expected)


def test_boxes_of_a_detector(tmp_path: Path) -> None:
    folder, expected = boxes_project(tmp_path)
    assert "map_50 is taken of the outputs 'boxes', 'scores', 'labels': by what they are called" in done(folder).err
    assert 0.3 < expected < 0.9
    assert accuracy(folder) == pytest.approx(expected, abs=1e-6)


SCORER = """
def score(outputs, label):
    return float(abs(outputs["logits"] - label).max())
"""


def test_a_function_of_ones_own_is_judged_like_any_other(tmp_path: Path) -> None:
    folder = project(tmp_path, labels=LOGITS, metric="mine:score", config=QUICK)
    text = (folder / "edgeci.yaml").read_text()
    own = "metric: {python: mine:score, better: lower, unit: V}"
    rule = "{rule: at-most, metric: mine:score, limit: 0.5}"
    (folder / "edgeci.yaml").write_text(
        text.replace("metric: mine:score\n", own + "\n").replace(
            "{rule: at-least, metric: mine:score, limit: 0.9}", rule
        )
    )
    (folder / "mine.py").write_text(SCORER)
    assert accuracy(folder) == pytest.approx(0, abs=1e-5)
    report = edgeci(folder, "report")
    assert report.code == 0, report.err
    (folder / "mine.py").write_text(SCORER.replace("max", "mean"))
    again = done(folder, "optimize", "benchmark")
    assert again.code == 0 and "measured before" not in again.err


def test_an_own_metric_that_is_not_declared_is_unknown(tmp_path: Path) -> None:
    folder = project(tmp_path, config=QUICK)
    config = (folder / "edgeci.yaml").read_text().replace("metric: accuracy, limit", "metric: mine:score, limit")
    (folder / "edgeci.yaml").write_text(config)
    assert "edgeci.yaml:7" in (said := complaint(edgeci(folder, "plan"), 2)) and "unknown metric 'mine:score'" in said


def test_frames_of_a_few_videos_are_as_few_witnesses(tmp_path: Path) -> None:
    folder = project(tmp_path, config=QUICK)
    text = (folder / "edgeci.yaml").read_text()
    (folder / "edgeci.yaml").write_text(
        text.replace("{path: evaluation.npz}", "{path: evaluation.npz, cluster: video}")
    )
    with np.load(folder / "evaluation.npz") as archive:
        arrays = dict(archive)
    np.savez(folder / "evaluation.npz", **arrays, video=np.arange(100) // 5)
    assert done(folder, "optimize", "benchmark", "gate").code == 3
    reasons = [verdict["reason"] for verdict in edgeci(folder, "gate", "--json").records]
    assert any("20 clusters" in reason for reason in reasons), reasons
