"""The paired score test: exact in the limits, honest in simulations, and better than the point estimate."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from edgeci.statistics.paired import (
    Table,
    difference_bounds,
    difference_score,
    restricted_discordance,
    retained_bounds,
    retained_score,
    table_of,
)

Z95 = 1.6448536269514722


def pairs(both: int, only_ours: int, only_theirs: int, neither: int) -> Table:
    return Table(both, only_ours, only_theirs, both + only_ours + only_theirs + neither)


def likelihood(shares: np.ndarray, counts: tuple[int, ...]) -> float:
    return -sum(count * np.log(max(share, 1e-300)) for count, share in zip(counts, shares, strict=True) if count)


@pytest.mark.parametrize("counts", [(150, 8, 22, 20), (40, 3, 3, 18), (180, 0, 10, 10), (90, 12, 1, 97)])
def test_the_restricted_cells_are_the_most_likely_ones(counts: tuple[int, ...]) -> None:
    share, total = 0.95, sum(counts)
    both, only_ours, only_theirs, _ = counts
    fitted = minimize(
        likelihood,
        np.array([count + 0.5 for count in counts]) / (total + 2),
        args=(counts,),
        bounds=[(1e-12, 1)] * 4,
        constraints=[
            {"type": "eq", "fun": lambda p: p.sum() - 1},
            {"type": "eq", "fun": lambda p: p[0] + p[1] - share * (p[0] + p[2])},
        ],
        options={"maxiter": 500, "ftol": 1e-14},
    )
    assert restricted_discordance(Table(both, only_ours, only_theirs, total), share) == pytest.approx(
        fitted.x[1] + fitted.x[2], abs=2e-4
    )


def test_a_true_tie_without_any_flip_passes_at_64_items() -> None:
    assert retained_score(pairs(58, 0, 0, 6), 0.95) > Z95


def test_the_same_tie_does_not_pass_at_40_items() -> None:
    assert retained_score(pairs(36, 0, 0, 4), 0.95) < Z95


def test_the_bounds_invert_the_score() -> None:
    table = pairs(170, 6, 12, 12)
    low, high = retained_bounds(table)
    assert retained_score(table, low) == pytest.approx(Z95, abs=1e-3)
    assert retained_score(table, high) == pytest.approx(-Z95, abs=1e-3)
    assert low < 176 / 182 < high


@given(st.integers(0, 120), st.integers(0, 30), st.integers(0, 30), st.integers(0, 60))
@settings(max_examples=200)
def test_a_larger_share_is_never_easier_to_keep(both: int, ours_only: int, theirs_only: int, neither: int) -> None:
    if both + theirs_only == 0:
        return
    table = pairs(both, ours_only, theirs_only, neither)
    scores = [retained_score(table, share) for share in (0.8, 0.9, 0.95, 0.99)]
    assert scores == sorted(scores, reverse=True)


def test_a_candidate_truly_at_93_percent_hardly_ever_passes_95() -> None:
    generator = np.random.default_rng(3)
    wrong = naive = 0
    for _ in range(1500):
        theirs = generator.random(200) < 0.90
        ours = np.where(theirs, generator.random(200) < 0.925, generator.random(200) < 0.045)
        wrong += retained_score(table_of(list(ours), list(theirs)), 0.95) > Z95
        naive += ours.sum() / theirs.sum() >= 0.95
    assert wrong / 1500 <= 0.05
    assert naive > 3 * wrong


def test_no_difference_seen_is_not_no_difference() -> None:
    low, high = difference_bounds(pairs(60, 0, 0, 4))
    assert -0.05 < low < -0.03
    assert high == pytest.approx(-low)


def test_the_bounds_of_a_difference_invert_its_score() -> None:
    table = pairs(170, 6, 12, 12)
    low, high = difference_bounds(table)
    assert difference_score(table, low) == pytest.approx(Z95, abs=1e-3)
    assert difference_score(table, high) == pytest.approx(-Z95, abs=1e-3)
    assert low < -6 / 200 < high


@pytest.mark.parametrize("count", [64, 200, 1000])
def test_the_bounds_of_a_difference_cover_95_percent(count: int) -> None:
    generator = np.random.default_rng(5)
    below = above = 0
    for _ in range(1000):
        theirs = generator.random(count) < 0.9
        ours = np.where(theirs, generator.random(count) < 0.96, generator.random(count) < 0.2)
        low, high = difference_bounds(table_of(list(ours), list(theirs)))
        below += low <= 0.884 - 0.9
        above += high >= 0.884 - 0.9
    assert min(below, above) / 1000 >= 0.935
