"""Flips, slices and divergence: what one accuracy number hides."""

import numpy as np
import pytest

from edgeci.evaluation.comparisons import divergences
from edgeci.gates.judge import judge
from edgeci.types import Gate, Measurement, Verdict
from tests.gates.builders import gate, measurement, predictions

FLIPS = gate("flips", "accuracy", 0.05)
WORST = gate("worst-slice", "accuracy", 0.9)


def verdict(demand: Gate, *measured: Measurement) -> Verdict:
    return judge(demand, "candidate", "cpu", measured)


def flipped(items: int, lost: int, won: int) -> Measurement:
    """`lost` items the baseline alone gets right and `won` that the candidate alone does; the rest alike and right."""
    labels = [float(index % 10) for index in range(items)]
    wrong = [(label + 1) % 10 for label in labels]
    ours = wrong[:lost] + labels[lost:]
    theirs = labels[:lost] + wrong[lost : lost + won] + labels[lost + won :]
    return measurement("accuracy", ours, theirs, labels=tuple(labels))


def sliced(parts: dict[str, tuple[int, int]]) -> Measurement:
    """A baseline that is always right and a candidate that is on so many of each slice's (items, right)."""
    labels, ours, names = [], [], []
    for name, (items, right) in parts.items():
        labels += [1.0] * items
        ours += [1.0] * right + [2.0] * (items - right)
        names += [name] * items
    return measurement("accuracy", ours, labels, labels=tuple(labels), slices=tuple(names))


def test_equal_accuracy_with_eight_percent_flips_is_told_in_the_accuracy_verdict() -> None:
    judged = verdict(gate("retained", "accuracy", 0.9), flipped(1000, 40, 40))
    assert judged.value == 1.0
    assert "8.0% of the predictions flipped" in judged.reason


def test_eight_percent_flips_fail_a_limit_of_five() -> None:
    judged = verdict(FLIPS, flipped(1000, 40, 40))
    assert judged.outcome == "failed"
    assert judged.reason.startswith("80 of 1000 predictions flipped: 8.0%")


def test_three_percent_flips_pass_a_limit_of_five() -> None:
    assert verdict(FLIPS, flipped(1000, 15, 15)).outcome == "passed"


def test_flips_at_the_limit_cannot_be_told_and_say_what_would() -> None:
    judged = verdict(FLIPS, flipped(200, 4, 3))
    assert judged.outcome == "inconclusive"
    assert "more items would decide" in judged.reason


def test_no_flip_in_64_items_is_not_no_flip() -> None:
    assert verdict(gate("flips", "accuracy", 0.01), predictions(64, 0)).outcome == "inconclusive"


def test_a_drop_is_not_excluded_by_64_items_that_happened_to_agree() -> None:
    assert verdict(gate("drop", "accuracy", 0.01), predictions(64, 0)).outcome == "inconclusive"
    assert verdict(gate("drop", "accuracy", 0.01), predictions(1000, 0)).outcome == "passed"


def test_every_slice_good_enough_passes_and_names_the_worst() -> None:
    judged = verdict(WORST, sliced({"day": (200, 199), "night": (200, 192), "fog": (200, 200)}))
    assert judged.outcome == "passed"
    assert "worst of 3 slices is 'night': keeps 96.0%" in judged.reason


def test_one_bad_slice_fails_whatever_the_whole_does() -> None:
    one_bad = sliced({"day": (2000, 2000), "night": (100, 60)})
    assert verdict(gate("retained", "accuracy", 0.9), one_bad).outcome == "passed"
    judged = verdict(WORST, one_bad)
    assert judged.outcome == "failed"
    assert "'night'" in judged.reason


def test_all_bad_slices_are_named() -> None:
    judged = verdict(WORST, sliced({"day": (200, 200), "night": (200, 100), "fog": (200, 120)}))
    assert "worst of 3 slices is 'night'" in judged.reason
    assert "also below: fog" in judged.reason


def test_slices_too_small_are_said_and_decide_nothing() -> None:
    judged = verdict(WORST, sliced({"day": (200, 199), "fog": (20, 2)}))
    assert judged.outcome == "passed"
    assert "not judged, fewer than 64 items: fog (20)" in judged.reason


def test_only_small_slices_never_pass() -> None:
    judged = verdict(WORST, sliced({"day": (60, 60), "night": (63, 63)}))
    assert judged.outcome == "inconclusive"
    assert "no slice can be judged" in judged.reason


def test_the_size_of_a_slice_that_counts_can_be_asked_for() -> None:
    small = sliced({"day": (200, 199), "fog": (40, 4)})
    assert verdict(gate("worst-slice", "accuracy", 0.9, slice_items=32), small).outcome == "failed"


def test_a_slice_in_which_the_baseline_knows_nothing_is_said() -> None:
    lost = sliced({"day": (200, 199), "fog": (100, 50)})
    lost = lost.model_copy(update={"reference": lost.reference[:200] + (3.0,) * 100})
    assert "the baseline gets nothing right there: fog (100)" in verdict(WORST, lost).reason


def test_items_without_slices_are_broken() -> None:
    assert verdict(WORST, predictions(200, 0)).outcome == "broken"


def test_many_equal_slices_do_not_fail_by_luck() -> None:
    """Twenty slices truly at the limit: without the correction some would fail in most runs."""
    generator = np.random.default_rng(11)
    failed = 0
    for _ in range(100):
        parts = {str(name): (100, int(generator.binomial(100, 0.9))) for name in range(20)}
        failed += verdict(WORST, sliced(parts)).outcome == "failed"
    assert failed <= 10


def test_a_slice_of_errors_is_judged_too() -> None:
    generator = np.random.default_rng(2)
    theirs = generator.exponential(size=200)
    ours = np.where(np.arange(200) < 100, theirs, theirs * 3)
    measured = measurement("mae", list(ours), list(theirs), slices=("near",) * 100 + ("far",) * 100)
    assert verdict(gate("worst-slice", "mae", 0.9), measured).outcome == "failed"


def test_divergence_of_equal_scores_is_zero_and_of_others_is_textbook() -> None:
    logits = np.random.default_rng(0).normal(size=(5, 4))
    assert divergences(logits, logits) == pytest.approx(np.zeros(5))
    assert divergences(logits, logits + 7) == pytest.approx(np.zeros(5), abs=1e-12)
    shares = np.array([[0.5, 0.5], [0.9, 0.1]])
    other = np.array([[0.25, 0.75], [0.9, 0.1]])
    assert divergences(shares, other) == pytest.approx([0.5 * np.log(2) + 0.5 * np.log(0.5 / 0.75), 0.0])


def test_a_share_of_zero_gives_no_infinite_divergence() -> None:
    divergence = divergences(np.array([[0.5, 0.5]]), np.array([[1.0, 0.0]]))
    assert 40 < divergence[0] < 90


def test_a_score_that_is_not_finite_has_no_divergence() -> None:
    assert np.isnan(divergences(np.array([[1.0, 2.0]]), np.array([[np.nan, 2.0]]))[0])


def test_divergence_is_judged_by_the_upper_bound_of_its_mean() -> None:
    generator = np.random.default_rng(1)
    close = measurement("kl_divergence", list(generator.exponential(0.01, 200)))
    assert verdict(gate("at-most", "kl_divergence", 0.02), close).outcome == "passed"
    assert verdict(gate("at-most", "kl_divergence", 0.0105), close).outcome == "inconclusive"
    assert verdict(gate("at-most", "kl_divergence", 0.005), close).outcome == "failed"


def test_divergence_is_a_comparison_already() -> None:
    assert verdict(gate("retained", "kl_divergence", 0.9), measurement("kl_divergence", [0.1] * 99)).outcome == "broken"
