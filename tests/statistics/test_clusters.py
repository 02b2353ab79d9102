"""Items that belong together count as what they are."""

import numpy as np
import pytest

from edgeci.statistics.clusters import design_effect, members, unit_of
from edgeci.statistics.quality_bounds import flip_bounds, kept_bounds, lost_bounds, own_bounds
from edgeci.types import Measurement
from tests.gates.builders import measurement


def of_videos(measured: Measurement, frames: int) -> Measurement:
    names = tuple(str(place // frames) for place in range(len(measured.samples)))
    return measured.model_copy(update={"clusters": names})


def unchanged(right: int, wrong: int) -> Measurement:
    """Both sides alike on every item."""
    classes = [1.0] * right + [0.0] * wrong
    return measurement("accuracy", classes, classes, labels=(1.0,) * (right + wrong))


def test_items_are_grouped_by_the_name_of_their_cluster() -> None:
    units = unit_of(5, ["b", "a", "b", "c", "a"])
    assert [part.tolist() for part in members(units)] == [[1, 4], [0, 2], [3]]
    assert unit_of(3, []).tolist() == [0, 1, 2]


def test_frames_that_all_go_alike_know_as_much_as_one() -> None:
    alike = np.repeat([0.9, -0.1, -0.1, -0.1, -0.1, -0.1, -0.1, -0.1, -0.1, -0.1], 8)
    assert design_effect(alike, unit_of(80, [str(place // 8) for place in range(80)])) == pytest.approx(8 * 10 / 9)


def test_independent_items_in_clusters_lose_next_to_nothing() -> None:
    drawn = np.random.default_rng(2).normal(size=4000)
    assert design_effect(drawn - drawn.mean(), unit_of(4000, [str(place // 4) for place in range(4000)])) < 1.15


def test_where_nothing_differs_a_cluster_is_one_item() -> None:
    single, fewer = unchanged(90, 10), unchanged(9, 1)
    clustered = of_videos(single, 10)
    assert kept_bounds(clustered, 0.95) == pytest.approx(kept_bounds(fewer, 0.95), abs=1e-6)
    assert kept_bounds(clustered, 0.95)[0] < kept_bounds(single, 0.95)[0]


@pytest.mark.parametrize("metric", ["accuracy", "f1_macro", "mae", "agreement"])
def test_a_cluster_an_item_changes_nothing(metric: str) -> None:
    plain = measurement(metric, [0.0, 1.0] * 50, [0.0, 1.0, 1.0, 0.0] * 25, labels=(0.0, 1.0, 1.0, 1.0) * 25)
    for bounds in (kept_bounds, lost_bounds, own_bounds, flip_bounds):
        assert bounds(of_videos(plain, 1), 0.95) == pytest.approx(bounds(plain, 0.95), rel=0.05, abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["accuracy", "mae"])
def test_the_bounds_of_clusters_cover_95_percent_where_those_of_items_do_not(metric: str) -> None:
    """40 videos of 10 frames; what a candidate loses is a matter of the video."""
    generator = np.random.default_rng(7)
    covered = []
    for _ in range(300):
        lost = np.repeat(generator.beta(0.15, 2.85, 40), 10)
        theirs = np.ones(400)
        ours = (generator.random(400) >= lost).astype(float)
        samples, reference = (ours, theirs) if metric == "accuracy" else (1.3 - ours + lost, 1.3 - theirs + 0 * lost)
        plain = measurement(metric, samples.tolist(), reference.tolist(), labels=(1.0,) * 400)
        truth = 0.05 if metric == "accuracy" else 0.1
        covered.append([
            low <= truth <= high for low, high in (lost_bounds(of_videos(plain, 10), 0.975), lost_bounds(plain, 0.975))
        ])  # fmt: skip
    clustered, plain_share = np.mean(covered, axis=0)
    assert clustered >= 0.92 > plain_share + 0.05, (clustered, plain_share)
