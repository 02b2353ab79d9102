"""Which of a question's choices is the right one, however a row says it."""

import re
from collections.abc import Iterator, Sequence

from edgeci.errors import ConfigError
from edgeci.evaluation.text_rows import Row

LETTER = re.compile(r"\(?([A-Za-z])[.):]?")
"""How exports of benchmarks name a choice: `A`, `(A)`, `A.`, `A)`."""


def right_choice(where: str, row: Row) -> int:
    """The place, from 0, that `label` names, or `answer` where there is no label.

    Raises:
        ConfigError: it names none of the choices, or more than one, or the right one stands there twice.
    """
    key = "label" if "label" in row else "answer"
    named = sorted(set(places(row[key], row["choices"])))
    if len(named) == 1 and row["choices"].count(row["choices"][named[0]]) == 1:
        return named[0]
    raise ConfigError(
        f"{where}: `{key}` is {repr(row[key])[:60]}, which names {'none' if not named else 'more than one'} of the "
        f"{len(row['choices'])} choices; give the place of the right one as a number from 0, its letter from A, or "
        "its own text"
    )


def places(stated: int | str, choices: Sequence[str]) -> Iterator[int]:
    """Every choice that is meant. Digits in a text are no place: some count them from 0 and some from 1."""
    if isinstance(stated, str):
        yield from (place for place, choice in enumerate(choices) if choice.strip() == stated.strip())
        letter = LETTER.fullmatch(stated.strip())
        stated = ord(letter[1].upper()) - ord("A") if letter else -1
    if not isinstance(stated, bool) and 0 <= stated < len(choices):
        yield stated
