"""Looking at many things at once finds nothing more often than it may."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edgeci.statistics.multiplicity import false_discovery_adjusted, step_down

chances = st.lists(st.floats(0, 1), min_size=1, max_size=20)


def holm(given_chances: list[float]) -> set[int]:
    """Textbook Holm at 5 %."""
    rejected = set()
    for step, place in enumerate(sorted(range(len(given_chances)), key=lambda place: given_chances[place])):
        if given_chances[place] > 0.05 / (len(given_chances) - step):
            break
        rejected.add(place)
    return rejected


@given(chances)
def test_stepping_down_is_holms_method(values: list[float]) -> None:
    names = [str(place) for place in range(len(values))]
    rejected = step_down(names, lambda name, level: values[int(name)] <= level)
    assert {int(name) for name in rejected} == holm(values)


def test_twenty_looks_at_nothing_find_something_in_5_percent() -> None:
    draws = np.random.default_rng(3).random((2000, 20))
    names = [str(place) for place in range(20)]
    rejected = [step_down(names, lambda name, level, draw=draw: draw[int(name)] <= level) for draw in draws]
    assert 0.03 < np.mean([len(each) > 0 for each in rejected]) < 0.065


@given(chances)
def test_an_adjusted_chance_is_never_smaller(values: list[float]) -> None:
    adjusted = false_discovery_adjusted(values)
    assert all(after >= before - 1e-12 for before, after in zip(values, adjusted, strict=True))


def test_benjamini_and_hochbergs_own_example() -> None:
    values = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]
    assert sum(chance <= 0.05 for chance in false_discovery_adjusted(values)) == 4


def test_nothing_to_adjust_is_nothing() -> None:
    assert false_discovery_adjusted([]) == []
    assert step_down([], lambda name, level: True) == []
