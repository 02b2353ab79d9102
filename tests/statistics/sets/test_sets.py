"""Metrics of a whole set are those of the libraries that everybody uses, whatever an item weighs."""

import math

import numpy as np
import pytest
from sklearn.metrics import f1_score, jaccard_score, mean_squared_error, r2_score, roc_auc_score

from edgeci.statistics.sets import SET_METRICS, Row, value, values

GENERATOR = np.random.default_rng(4)


def overlap_row(true: np.ndarray, predicted: np.ndarray) -> Row:
    """(class, true, predicted, both) of each class, from (pixels,) ids."""
    classes = sorted({*true.tolist(), *predicted.tolist()})
    return tuple(
        float(part)
        for name in classes
        for part in (
            name,
            (true == name).sum(),
            (predicted == name).sum(),
            ((true == name) & (predicted == name)).sum(),
        )
    )


def masks() -> tuple[np.ndarray, np.ndarray]:
    true = GENERATOR.integers(0, 4, (30, 50))
    return true, np.where(GENERATOR.random(true.shape) < 0.8, true, GENERATOR.integers(0, 5, true.shape))


def test_mean_iou_is_the_jaccard_score_of_all_pixels() -> None:
    true, predicted = masks()
    rows = [overlap_row(*pair) for pair in zip(true, predicted, strict=True)]
    expected = jaccard_score(true.ravel(), predicted.ravel(), average="macro")
    assert value("mean_iou", rows) == pytest.approx(expected)


def test_f1_of_labels_is_scikit_learns() -> None:
    true = GENERATOR.random((80, 6)) < 0.3
    predicted = np.where(GENERATOR.random(true.shape) < 0.9, true, ~true)
    rows: list[Row] = [
        tuple(float(part) for name in range(6) for part in (name, ours[name], theirs[name], ours[name] & theirs[name]))
        for ours, theirs in zip(true, predicted, strict=True)
    ]
    for average in ("macro", "micro"):
        assert value(f"multilabel_f1_{average}", rows) == pytest.approx(f1_score(true, predicted, average=average))


def test_the_area_under_the_curve_is_scikit_learns_ties_and_weights_included() -> None:
    labels, scores = GENERATOR.integers(0, 2, 200), GENERATOR.integers(0, 20, 200)
    rows = [(float(score), float(label)) for score, label in zip(scores, labels, strict=True)]
    weights = GENERATOR.integers(0, 4, 200)
    expected = roc_auc_score(labels, scores, sample_weight=weights)
    assert values("roc_auc", rows, weights[None].astype(float))[0] == pytest.approx(expected)


def test_the_area_of_one_class_alone_is_no_number() -> None:
    assert math.isnan(value("roc_auc", [(0.1, 1.0), (0.2, 1.0)]))


def test_errors_of_numbers_are_scikit_learns_even_far_from_zero() -> None:
    true = GENERATOR.normal(1e6, 3, (120, 2))
    predicted = true + GENERATOR.normal(0, 1, true.shape)
    errors = (true - predicted) ** 2
    assert value("rmse", [(float(row.mean()),) for row in errors]) == pytest.approx(
        math.sqrt(mean_squared_error(true, predicted))
    )
    rows = [tuple(np.column_stack(pair).ravel().tolist()) for pair in zip(errors, true, strict=True)]
    assert value("r2", rows) == pytest.approx(r2_score(true, predicted), abs=1e-6)


def test_targets_that_are_all_equal_have_no_r2() -> None:
    assert math.isnan(value("r2", [(0.1, 3.0), (0.2, 3.0)]))


def test_an_error_rate_is_of_all_symbols_together() -> None:
    assert value("cer", [(1.0, 10.0), (3.0, 2.0)]) == pytest.approx(4 / 12)


@pytest.mark.parametrize("metric", [name for name, metric in SET_METRICS.items() if metric.wrong])
def test_an_item_on_which_all_went_right_never_makes_it_worse_than_one_on_which_all_went_wrong(metric: str) -> None:
    known = SET_METRICS[metric]
    assert known.wrong is not None and known.right is not None
    rows: dict[str, list[Row]] = {
        "mean_iou": [(0.0, 30.0, 20.0, 15.0), (1.0, 10.0, 10.0, 5.0)],
        "roc_auc": [(0.2, 0.0), (0.4, 1.0), (0.3, 1.0), (0.35, 0.0)],
        "cer": [(2.0, 10.0), (0.0, 4.0)],
        "map_50": [(1.0, 0.0, 0.0, 0.9, 1.0), (1.0, 1.0, 0.0, 0.8, 0.0, 1.0, 0.3, 1023.0)],
    }
    rows |= {name: rows["mean_iou"] for name in SET_METRICS if name.startswith("multilabel")}
    rows |= {"wer": rows["cer"], "map_50_95": rows["map_50"]}
    for item in rows[metric]:
        better, worse = (value(metric, [*rows[metric], made(item)]) for made in (known.right, known.wrong))
        assert better < worse if metric in ("cer", "wer") else better > worse
