"""What a reader says of a model, and how much: its answer is written down, printed and put into reports.

Models have tens of inputs, a hundred operators and names of a hundred characters. A file of megabytes can claim
hundreds of thousands of each, and everything downstream would pay for it.
"""

from collections.abc import Iterator

from edgeci.formats.unsound import Unsound
from edgeci.types import Assessment, Description, Format, ModelFile

MOST = {"inputs": 4096, "outputs": 4096, "operators": 4096, "opsets": 256, "parameter_dtypes": 64, "external": 10_000}
"""Entries of each part; distinct operators, not nodes."""
LONGEST_NAME = 4096
MOST_CHARACTERS = 1 << 20
"""Of all names together."""


class Answer(Description):
    """What the file says, and what only reading it shows."""

    format: Format
    """What it proved to be: of a folder, its name does not say who wrote it."""
    external: tuple[str, ...] = ()
    """As ModelFile has it."""


def assessed(model: ModelFile, answer: Answer) -> Assessment:
    """An answer about the files that are a model."""
    return Assessment(model=model, **{name: getattr(answer, name) for name in Description.model_fields})


def check_count(count: int, what: str) -> None:
    """Whether so many may be told, best asked before they are collected.

    Raises:
        Unsound: there are more.
    """
    if count > MOST[what]:
        raise Unsound(f"{count} {what.replace('_', ' ')}; at most {MOST[what]} are read")


def bounded(answer: Answer) -> Answer:
    """The same answer, if it is no longer than a model's can be.

    Raises:
        Unsound: too many entries, a name that is too long, or too much altogether.
    """
    for what in MOST:
        check_count(len(getattr(answer, what)), what)
    lengths = [len(name) for name in names(answer)]
    if (longest := max(lengths, default=0)) > LONGEST_NAME:
        raise Unsound(f"a name of {longest} characters; at most {LONGEST_NAME} are read")
    if (total := sum(lengths)) > MOST_CHARACTERS:
        raise Unsound(f"names of {total} characters in all; at most {MOST_CHARACTERS} are read")
    return answer


def names(answer: Answer) -> Iterator[str]:
    for part in (answer.operators, answer.opsets, answer.parameter_dtypes, answer.external):
        yield from part
    for tensor in (*answer.inputs, *answer.outputs):
        yield tensor.name
        yield from (size for size in tensor.shape or () if isinstance(size, str))
