"""Questions with choices: prompt and choice are tokenized together, as they stand in a text.

A choice alone has other tokens than behind its prompt: tokenizers of SentencePiece put a space in front of every text,
and others merge the end of the prompt with the beginning of the choice.
"""

from collections.abc import Callable, Sequence
from itertools import takewhile

from edgeci.errors import ConfigError
from edgeci.evaluation.text_items import Question
from edgeci.evaluation.text_labels import right_choice
from edgeci.evaluation.text_rows import Row

Start = Callable[[str], list[int]]
"""Ids of a text that starts a context."""


def question(where: str, row: Row, prompt: str, start: Start) -> Question:
    """`prompt` is the row's, as the model is asked it.

    Raises:
        ConfigError: fewer than two choices, one that is no text or empty, none that is right, or nothing before them.
    """
    choices = row["choices"]
    if len(choices) < 2 or not all(isinstance(choice, str) and choice.strip() for choice in choices):
        raise ConfigError(f"{where}: a question needs two `choices` or more, each a text and none empty")
    label = right_choice(where, row)
    shared, rests = split(prompt, choices, start)
    if not shared:
        raise ConfigError(f"{where}: {nothing_before(prompt)}")
    if not all(rests):
        raise ConfigError(f"{where}: one of the `choices` adds no token to the prompt")
    return Question(shared, rests, label)


def split(prompt: str, choices: Sequence[str], start: Start) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """Tokens that the prompt and all choices behind it begin with, and what each choice is from there on.

    One place for all, or likelihoods of different stretches would be compared: a space that ends the prompt belongs to
    each choice as soon as it is one token with the first word of any.
    """
    wholes = [start(prompt + choice) for choice in choices]
    columns = zip(start(prompt), *wholes, strict=False)
    shared = sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))
    return tuple(wholes[0][:shared]), tuple(tuple(whole[shared:]) for whole in wholes)


def nothing_before(prompt: str) -> str:
    """Why there is nothing that a model could continue."""
    return (
        f"the prompt {prompt[:40]!r} has no tokens of its own, and this model starts a text with none: there is "
        "nothing to continue; give a prompt"
    )
