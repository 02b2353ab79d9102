"""Drift is told from scatter, and outliers move neither the slope nor its interval much."""

import numpy as np
import pytest
from scipy.stats import theilslopes

from edgeci.gates.stability import VARIATION_CONFIDENCE
from edgeci.statistics.trend import drift, variation


def test_drift_is_the_theil_sen_slope_over_the_whole_series() -> None:
    values = np.random.default_rng(0).normal(10, 0.1, 40)
    slope, _, low, high = theilslopes(values, np.arange(40), alpha=0.9)
    assert drift(list(values)) == pytest.approx(tuple(each * 39 / np.median(values) for each in (slope, low, high)))


def test_a_tenth_more_at_the_end_is_a_tenth() -> None:
    value, low, high = drift(list(np.linspace(10, 11, 50)))
    assert value == pytest.approx(1 / 10.5)
    assert low == pytest.approx(high)


def test_a_third_of_outliers_does_not_make_a_drift() -> None:
    values = [10 + 0.01 * ((7 * place) % 5) for place in range(60)]
    spoiled = [value if place % 4 else value * 9 for place, value in enumerate(values)]
    assert abs(drift(spoiled)[0]) < 0.01


@pytest.mark.parametrize("count", [12, 27, 60])
def test_the_bounds_of_a_drift_cover_95_percent(count: int) -> None:
    generator = np.random.default_rng(7)
    line = 10 + np.linspace(0, 1, count)
    truth = 1 / np.median(line)
    bounds = [drift(list(line + noise))[1:] for noise in generator.normal(0, 0.1, size=(1000, count))]
    assert np.mean([low <= truth for low, _ in bounds]) >= 0.935
    assert np.mean([high >= truth for _, high in bounds]) >= 0.935


def test_what_never_changes_does_not_vary() -> None:
    assert variation([3.0] * 20) == (0.0, 0.0, 0.0)


def test_variation_is_deviation_by_mean_and_lies_between_its_bounds() -> None:
    values = np.random.default_rng(1).normal(10, 0.5, 60)
    spread, low, high = variation(list(values))
    assert spread == pytest.approx(values.std(ddof=1) / values.mean())
    assert low < spread < high


@pytest.mark.slow
@pytest.mark.parametrize(("sigma", "count"), [(0.05, 27), (0.3, 60), (0.3, 200)])
def test_the_bounds_of_a_variation_cover_95_percent_of_skewed_times(
    sigma: float, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgeci.statistics.resampling.RESAMPLES", 500)
    generator = np.random.default_rng(8)
    truth = np.sqrt(np.exp(sigma**2) - 1)
    bounds = [
        variation(list(draw), VARIATION_CONFIDENCE)[1:] for draw in generator.lognormal(0, sigma, size=(300, count))
    ]
    assert np.mean([low <= truth for low, _ in bounds]) >= 0.93
    assert np.mean([high >= truth for _, high in bounds]) >= 0.93
