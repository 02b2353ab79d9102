"""As many more of the same items: every pattern as often as it was seen."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeci.gates.items import repeated
from tests.gates.builders import measurement, predictions


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60), st.integers(1, 500))
def test_each_pattern_comes_as_often_give_or_take_one(items: list[tuple[bool, bool]], count: int) -> None:
    ours, theirs = ([float(pair[side]) for pair in items] for side in (0, 1))
    more = repeated(measurement("accuracy", ours, theirs, labels=(1.0,) * len(items)), count)
    seen, now = Counter(zip(ours, theirs, strict=True)), Counter(zip(more.samples, more.reference, strict=True))
    assert sum(now.values()) == count
    for pattern, often in seen.items():
        assert abs(now[pattern] - often * count / len(items)) <= 1


def test_an_item_keeps_its_label_and_slice() -> None:
    more = repeated(predictions(90, 10, slices=("day",) * 100), 1000)
    assert more.slices == ("day",) * 1000
    assert sum(ours == label for ours, label in zip(more.samples, more.labels, strict=True)) == 900


def test_nothing_cannot_be_repeated() -> None:
    with pytest.raises(ValueError, match="nothing to repeat"):
        repeated(measurement("accuracy", []), 10)
