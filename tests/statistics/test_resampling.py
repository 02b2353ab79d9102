"""Bootstraps are the same every time, and asked for enough they cover what they promise, also on skewed errors."""

import numpy as np
import pytest

from edgeci.statistics.quality_bounds import skewed
from edgeci.statistics.resampling import cautious_bounds, mean_bounds, quotient_bounds


def test_a_bound_is_the_same_every_time() -> None:
    values = np.random.default_rng(4).normal(size=100)
    first = mean_bounds(values)
    assert first == mean_bounds(values)
    assert first[0] < values.mean() < first[1]


def test_more_confidence_is_wider() -> None:
    values = np.random.default_rng(4).lognormal(size=100)
    (low, high), (wider_low, wider_high) = mean_bounds(values, 0.9), mean_bounds(values, 0.99)
    assert wider_low < low < high < wider_high


def test_errors_that_are_all_alike_have_no_width() -> None:
    assert mean_bounds(np.full(64, 0.25)) == (0.25, 0.25)
    assert quotient_bounds(np.full(64, 2.0), np.full(64, 1.0)) == pytest.approx((2.0, 2.0))


@pytest.mark.slow
@pytest.mark.parametrize("count", [64, 200])
@pytest.mark.parametrize("shape", ["normal", "exponential", "lognormal"])
def test_the_bounds_of_a_mean_cover_95_percent(shape: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgeci.statistics.resampling.RESAMPLES", 500)
    generator = np.random.default_rng(5)
    truth = {"normal": 0.0, "exponential": 1.0, "lognormal": np.exp(0.5)}[shape]
    draws = getattr(generator, shape)(size=(400, count))
    bounds = [mean_bounds(draw, skewed(0.95)) for draw in draws]
    assert np.mean([low <= truth for low, _ in bounds]) >= 0.94
    assert np.mean([high >= truth for _, high in bounds]) >= 0.93


@pytest.mark.slow
def test_the_bounds_of_a_quotient_cover_95_percent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgeci.statistics.resampling.RESAMPLES", 500)
    generator = np.random.default_rng(5)
    below = generator.exponential(size=(400, 64))
    above = below * generator.lognormal(0, 0.3, size=below.shape) + generator.exponential(0.3, size=below.shape)
    truth = np.exp(0.045) + 0.3
    bounds = [quotient_bounds(top, bottom, skewed(0.95)) for top, bottom in zip(above, below, strict=True)]
    assert np.mean([low <= truth for low, _ in bounds]) >= 0.94
    assert np.mean([high >= truth for _, high in bounds]) >= 0.94


def test_a_cautious_bound_takes_each_side_from_its_own_statistic() -> None:
    values = np.arange(100.0)
    low, high = cautious_bounds(
        lambda chosen: float(values[chosen].mean()) - 10, lambda chosen: float(values[chosen].mean()) + 10, 100
    )
    assert low < 39.5 and high > 59.5
