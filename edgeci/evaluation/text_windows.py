"""Running text in windows of one length, and what became of texts that are too short for one."""

from collections.abc import Iterator, Sequence

from edgeci.errors import ConfigError
from edgeci.types import DataSource


def windows(
    texts: Sequence[list[int]], start: list[int], window: int, source: DataSource
) -> tuple[tuple[tuple[int, ...], ...], tuple[str, ...]]:
    """Every stretch of every tokenized text, and a remark where a text gives none.

    Raises:
        ConfigError: none gives any.
    """
    cut = [list(stretches(tokens, start, window)) for tokens in texts]
    short = sum(not parts for parts in cut)
    remedy = "give longer texts or a smaller text.window"
    if texts and short == len(texts):
        raise ConfigError(f"{source.path}: no text has {window} tokens; {remedy}")
    said = f"{source.path}: {short} of {len(texts)} texts have fewer than {window} tokens and are left out; {remedy}"
    return tuple(part for parts in cut for part in parts), (said,) if short else ()


def stretches(tokens: list[int], start: list[int], window: int) -> Iterator[tuple[int, ...]]:
    """The text cut into equal windows, each with the beginning-of-text tokens first; a shorter rest is left out."""
    step = window - len(start)
    for first in range(0, len(tokens) - step + 1, step):
        yield (*start, *tokens[first : first + step])
