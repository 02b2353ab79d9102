"""Intervals cover what they say, and looking early costs nothing that was not budgeted."""

import math
from statistics import median_high, median_low

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeci.statistics.intervals import ERROR_BUDGET, LOOKS, looks, median_interval, rank_for, share_bounds, spent

numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)


@given(numbers)
def test_an_interval_holds_the_sample_median(values: list[float]) -> None:
    low, high = median_interval(values, 0.05)
    assert low <= median_high(values)
    assert high >= median_low(values)


@given(numbers, st.floats(0.001, 0.2))
def test_asking_for_more_confidence_never_narrows(values: list[float], alpha: float) -> None:
    low, high = median_interval(values, alpha)
    wider_low, wider_high = median_interval(values, alpha / 2)
    assert wider_low <= low and high <= wider_high


def test_too_few_values_give_no_bound_at_all() -> None:
    assert median_interval([1.0, 2.0, 3.0], 0.05) == (-math.inf, math.inf)


def test_the_rank_is_the_exact_binomial_one() -> None:
    # n = 12: 2 P(Bin <= 1) = 2 * 13 / 4096 = 0.0063 and 2 P(Bin <= 2) = 0.0386.
    assert rank_for(12, 0.01) == 2
    assert rank_for(12, 0.04) == 3


def test_all_looks_together_spend_no_more_than_the_budget() -> None:
    assert sum(spent(look) for look in range(len(LOOKS))) < ERROR_BUDGET
    assert sum(spent(look) for look in range(10**5)) == pytest.approx(ERROR_BUDGET, rel=1e-4)


@pytest.mark.parametrize("count", [40, 200])
def test_a_95_percent_interval_covers_at_least_95_percent(count: int) -> None:
    generator = np.random.default_rng(1)
    draws = generator.lognormal(size=(4000, count))
    bounds = [median_interval(list(draw), 0.05) for draw in draws]
    covered = np.mean([low <= 1.0 <= high for low, high in bounds])
    assert 0.945 <= covered <= 0.99


def test_peeking_at_every_look_misses_in_less_than_the_budget() -> None:
    generator = np.random.default_rng(2)
    missed = 0
    for draw in generator.normal(size=(1500, LOOKS[-1])):
        missed += any(not low <= 0 <= high for _, low, high in looks(list(draw)))
    assert missed / 1500 <= ERROR_BUDGET


def test_share_bounds_are_clopper_and_pearsons() -> None:
    low, high = share_bounds(0, 64)
    assert low == 0.0
    assert high == pytest.approx(1 - 0.05 ** (1 / 64))
    assert share_bounds(64, 64) == (pytest.approx(0.05 ** (1 / 64)), 1.0)
