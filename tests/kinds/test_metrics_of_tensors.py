"""What every metric makes of a real model whose right answers are its labels, or nearly."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper

from edgeci.backends.onnxruntime.session import OnnxSession
from edgeci.evaluation.measures.sequences import best_path
from edgeci.kinds import tensors
from edgeci.statistics.estimates import estimate
from edgeci.types import DataSource, Items, Measurement, SymbolSequence, Target, Tensor
from tests.stages.test_judged_outputs import FLOAT, HIDDEN, LOGITS, project

FOUR_BY_FOUR = HIDDEN.reshape(-1, 2, 4, 4)
STEPS = HIDDEN.reshape(-1, 8, 4)
LETTERS = "abc"
TEXTS = ["".join(LETTERS[place - 1] for place in best_path(steps, 0)) for steps in STEPS]


def value(folder: Path, metric: str, output: Tensor, **how: Any) -> float | None:
    """Of a project's model, by one pass as a worker makes it."""
    session = OnnxSession(folder / "model.onnx", Target(name="cpu"))
    asked = Items(
        source=DataSource(path="evaluation.npz"),
        folder=str(folder),
        tensors=(Tensor(name="x", dtype="float32", shape=("N", 16)),),
        outputs=(output,),
        metric=metric,
        **how,
    )
    items = tensors.read(asked)
    tensors.refuse_unfit_answers(session, items, asked, metric)
    scores = tensors.predict(session, items, asked, [metric], None, None)[metric]
    measured = Measurement(
        candidate="as-is", target="cpu", metric=metric, unit="", better="higher", samples=scores.samples,
        reference=scores.samples, labels=scores.labels, rows=scores.rows, reference_rows=scores.rows,
    )  # fmt: skip
    return estimate(measured)


def reshaped(folder: Path, shape: tuple[int, ...], labels: Any) -> Tensor:
    """The features in another shape, as the only output."""
    node = helper.make_node("Reshape", ["features", "shape"], ["answer"])
    output = helper.make_tensor_value_info("answer", FLOAT, ["N", *shape])
    project(folder, [node], [output], labels, constants={"shape": np.array([-1, *shape], np.int64)})
    return Tensor(name="answer", dtype="float32", shape=("N", *shape))


@pytest.mark.parametrize(("metric", "labels", "expected"), [
    ("top2_accuracy", np.argsort(LOGITS, axis=1)[:, -2], 1),
    ("top3_accuracy", np.argsort(LOGITS, axis=1)[:, 0], 0),
    ("multilabel_f1_macro", LOGITS > 0, 1),
    ("multilabel_f1_micro", LOGITS > 0, 1),
    ("multilabel_exact", LOGITS > 0, 1),
    ("r2", LOGITS, 1),
    ("rmse", LOGITS + 2, 2),
])  # fmt: skip
def test_a_row_of_scores(metric: str, labels: np.ndarray, expected: float, tmp_path: Path) -> None:
    project(tmp_path, labels=labels)
    logits = Tensor(name="logits", dtype="float32", shape=("N", 4))
    assert value(tmp_path, metric, logits) == pytest.approx(expected, abs=1e-5)


def test_one_score_and_its_curve(tmp_path: Path) -> None:
    highest = LOGITS.max(axis=1)
    node = helper.make_node("ReduceMax", ["logits"], ["score"], axes=[1])
    output = helper.make_tensor_value_info("score", FLOAT, ["N", 1])
    project(tmp_path, [node], [output], (highest > np.median(highest)).astype(int))
    assert value(tmp_path, "roc_auc", Tensor(name="score", dtype="float32", shape=("N", 1))) == 1


def test_a_mask_by_its_class_scores(tmp_path: Path) -> None:
    output = reshaped(tmp_path, (2, 4, 4), FOUR_BY_FOUR.argmax(axis=1))
    assert value(tmp_path, "mean_iou", output) == 1


def test_a_mask_by_one_score_and_a_threshold(tmp_path: Path) -> None:
    output = reshaped(tmp_path, (1, 8, 4), STEPS >= 0.5)
    assert value(tmp_path, "mean_iou", output, threshold=0.5) == 1


def test_texts_by_the_best_path(tmp_path: Path) -> None:
    length = sum(map(len, TEXTS))
    output = reshaped(tmp_path, (8, 4), np.array(["", *TEXTS[1:]]))
    how = {"sequence": SymbolSequence(letters=LETTERS)}
    assert value(tmp_path, "cer", output, **how) == pytest.approx(len(TEXTS[0]) / (length - len(TEXTS[0])))
    assert value(tmp_path, "sequence_exact", output, **how) == 0.99
