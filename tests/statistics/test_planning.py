"""A forecast of what would decide is roughly right, or says that nothing would."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edgeci.statistics.intervals import LOOKS, share_bounds
from edgeci.statistics.planning import fewest, more_items, more_rounds, rounded


def test_four_times_the_items_halve_the_interval() -> None:
    assert more_items(100, 0.9, 0.8, 0.85) == 300


def test_at_the_limit_no_number_of_items_decides() -> None:
    assert more_items(100, 0.9, 0.8, 0.9) is None
    assert more_items(100, 0.9, 0.8, 0.8999) is None


def test_the_forecast_items_would_have_decided() -> None:
    low, _ = share_bounds(188, 200)
    more = more_items(200, 0.94, low, 0.92)
    assert more is not None
    items = 200 + more
    assert 0.915 < share_bounds(round(0.94 * items), items)[0] < 0.925


def test_the_forecast_round_is_a_look_not_yet_taken() -> None:
    values = list(np.random.default_rng(0).normal(0, 0.05, 27))
    more = more_rounds(values, 0.03, 0.04)
    assert more is not None and 27 + more in LOOKS


def test_between_the_limit_and_the_margin_nothing_decides() -> None:
    assert more_rounds([0.005] * 6 + [0.004] * 6, 0.0, 0.01) is None


def test_a_spread_too_wide_for_every_look_is_said() -> None:
    values = list(np.random.default_rng(0).normal(0, 1, 40))
    assert more_rounds(values, 1e-4 + float(np.median(values)), 2e-4 + float(np.median(values))) is None


@given(st.floats(0.01, 1e6))
def test_rounding_is_up_to_two_digits(number: float) -> None:
    readable = rounded(number)
    assert number <= readable <= max(number * 1.1 + 1, 10)


@given(st.integers(1, 500), st.integers(2, 5000))
def test_a_search_finds_the_very_number(known: int, needed: int) -> None:
    assert fewest(lambda count: count >= needed, known, precision=0) == max(needed, known + 1)


@given(st.integers(1, 500), st.integers(1000, 50_000))
def test_a_quick_search_is_within_a_fiftieth(known: int, needed: int) -> None:
    told = fewest(lambda count: count >= needed, known)
    assert told is not None and needed <= told <= needed * 1.03


def test_what_no_sensible_number_reaches_is_not_told() -> None:
    assert fewest(lambda count: count >= 5001, 64, most=5000) is None
    assert fewest(lambda count: count >= 5000, 64, most=5000) == 5000
