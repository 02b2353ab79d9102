"""An open-loop load on a third-party backend whose speed is known because it sleeps."""

import re
from itertools import pairwise
from pathlib import Path
from statistics import mean, median

import numpy as np
import pytest

from edgeci.config import Budget, Load
from edgeci.measuring.load import measure_load, saturation
from edgeci.work.serving_load import ITEMS, arrivals
from tests.measuring.sides import LIMITS, side


def test_arrivals_are_random_repeatable_and_as_many_as_the_rate_says() -> None:
    moments = arrivals(50, 200, seed=3)
    assert moments == arrivals(50, 200, seed=3) != arrivals(50, 200, seed=4)
    assert len(moments) == pytest.approx(10_000, rel=0.05)
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert mean(gap > 1 / 50 for gap in gaps) == pytest.approx(0.368, abs=0.02), "exponential, not regular"


def test_every_request_has_one_latency_that_counts_from_its_scheduled_arrival(tmp_path: Path) -> None:
    load = Load(rate=40, seconds=3, seed=1)
    answered = measure_load(side(tmp_path, "slow"), LIMITS, load, Budget(launches=2))
    latency = answered.latency_ms
    expected = len(arrivals(40, 1.5, 1)) + len(arrivals(40, 1.5, 2))
    assert len(latency) == len(answered.failed) == expected == answered.conditions.arrived
    # It sleeps 20 ms, and 40/s keep it busy for 80 % of the time: a request waits about twice as long as it is served.
    assert min(latency) >= 20
    assert median(latency) > 25, "waiting for the requests before is part of it"
    assert sum(answered.failed) == 0


def test_a_rate_above_what_is_served_is_said(tmp_path: Path) -> None:
    answered = measure_load(side(tmp_path, "slow"), LIMITS, Load(rate=200, seconds=1), Budget(launches=1))
    said = re.fullmatch(
        r"the rate of 200/s is above what one session serves \((\d+)/s\); \d+ requests were given up",
        answered.conditions.saturated,
    )
    assert said is not None
    assert int(said[1]) <= 50, "it sleeps 20 ms"


def test_failed_requests_are_counted_and_the_load_goes_on(tmp_path: Path) -> None:
    answered = measure_load(side(tmp_path, "sometimes-raises"), LIMITS, Load(rate=200, seconds=1), Budget(launches=1))
    items = np.load(tmp_path / "evaluation.npz")["x"][:ITEMS]
    expected = [float(abs(items[number % ITEMS].sum()) > 2) for number in range(len(answered.failed))]
    assert answered.failed == expected
    assert 0.1 < mean(expected) < 0.9


@pytest.mark.parametrize(("rate", "is_saturated"), [(49, False), (51, True)])
def test_saturation_begins_where_the_rate_passes_the_service(rate: float, is_saturated: bool) -> None:
    assert (saturation(rate, [20.0] * 10, 10) is not None) is is_saturated
