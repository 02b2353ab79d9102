"""However a row says which choice is right, it is that one or none."""

from typing import Any

import pytest

from edgeci.errors import ConfigError
from edgeci.evaluation.text_labels import right_choice

COLOURS = ["red", "green", " blue", "dark"]


def named(key: str, stated: Any, choices: list[str]) -> int:
    return right_choice("items.jsonl:7", {"prompt": "p", "choices": choices, key: stated})


@pytest.mark.parametrize("key", ["label", "answer"])
@pytest.mark.parametrize("stated", [2, "C", "c", "(C)", "C.", "C)", "C:", " C ", "blue", " blue"])
def test_a_choice_is_named_by_its_place_its_letter_or_its_text(key: str, stated: int | str) -> None:
    assert named(key, stated, COLOURS) == 2


def test_a_choice_that_is_a_number_is_named_by_its_text() -> None:
    assert named("answer", "4", ["3", "4", "5", "6", "7"]) == 1
    assert named("answer", 1, ["1", "0"]) == 1, "a number is a place"


def test_the_label_counts_where_both_are_there() -> None:
    assert right_choice("a:1", {"choices": COLOURS, "label": 0, "answer": "B"}) == 0


@pytest.mark.parametrize(
    ("stated", "choices", "complaint"),
    [
        (4, COLOURS, "names none of the 4 choices"),
        (-1, COLOURS, "names none"),
        (True, COLOURS, "names none"),
        ("E", COLOURS, "names none"),
        ("", COLOURS, "names none"),
        ("1", COLOURS, "names none"),
        ("purple", COLOURS, "names none"),
        ("A", ["B", "A"], "names more than one of the 2 choices"),
        ("red", ["red", "red"], "more than one"),
        (0, ["red", "green", "red"], "more than one"),
    ],
)
def test_what_names_none_or_several_is_refused_by_file_line_and_key(
    stated: Any, choices: list[str], complaint: str
) -> None:
    for key in ("label", "answer"):
        with pytest.raises(ConfigError, match=f"items.jsonl:7: `{key}` is .*{complaint}"):
            named(key, stated, choices)
