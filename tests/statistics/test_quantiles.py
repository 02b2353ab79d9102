"""A percentile has exact bounds or none; never the sample maximum in place of one."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeci.statistics.quantiles import fewest_for_upper_bound, quantile_bounds, quantile_estimate, spread_evenly

numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400)


@pytest.mark.parametrize(("quantile", "fewest"), [(0.5, 5), (0.95, 59), (0.99, 299)])
def test_the_fewest_samples_are_those_of_wilks(quantile: float, fewest: int) -> None:
    assert fewest_for_upper_bound(quantile) == fewest
    assert quantile_bounds(range(fewest), quantile)[1] == fewest - 1
    assert quantile_bounds(range(fewest - 1), quantile)[1] == math.inf


def test_too_few_samples_are_no_percentile() -> None:
    assert quantile_estimate([1.0] * 298, 0.99) is None
    assert quantile_estimate([1.0] * 299, 0.99) == 1.0


@given(numbers, st.sampled_from([0.5, 0.95, 0.99]))
def test_bounds_hold_the_sample_quantile(values: list[float], quantile: float) -> None:
    low, high = quantile_bounds(values, quantile)
    assert low <= float(np.quantile(values, quantile, method="inverted_cdf")) <= high


@given(numbers, st.sampled_from([0.5, 0.95]))
def test_asking_for_more_confidence_never_narrows(values: list[float], quantile: float) -> None:
    low, high = quantile_bounds(values, quantile, 0.9)
    wider_low, wider_high = quantile_bounds(values, quantile, 0.99)
    assert wider_low <= low and high <= wider_high


@pytest.mark.parametrize(("quantile", "count"), [(0.5, 40), (0.95, 59), (0.95, 300), (0.99, 299), (0.99, 900)])
def test_each_bound_of_independent_samples_covers_at_least_95_percent(quantile: float, count: int) -> None:
    generator = np.random.default_rng(6)
    truth = float(-np.log(1 - quantile))
    bounds = [quantile_bounds(list(draw), quantile) for draw in generator.exponential(size=(2000, count))]
    assert np.mean([low <= truth for low, _ in bounds]) >= 0.94
    assert np.mean([high >= truth for _, high in bounds]) >= 0.94


@given(st.lists(st.integers(), max_size=60), st.integers(1, 9))
def test_spread_values_keep_their_order_and_number(values: list[int], most: int) -> None:
    chosen = spread_evenly(values, most)
    places = iter(values)
    assert len(chosen) == min(most, len(values))
    assert all(any(value == other for other in places) for value in chosen)


def test_spread_values_are_not_neighbours() -> None:
    assert spread_evenly(range(40), 2) == [10, 30]
