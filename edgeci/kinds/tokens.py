"""What models of text have in common: their items are tokens, made once by the source model's own tokenizer."""

from pathlib import Path

from edgeci.backends import registry
from edgeci.errors import ConfigError
from edgeci.evaluation.text import Tokenizer
from edgeci.evaluation.text_items import TextSamples, load_samples
from edgeci.types import Assessment, Items, Text


def tokenizer(asked: Items) -> Tokenizer:
    return registry.tokenizer(asked.tokenizer, Path(asked.model))


def read(asked: Items) -> TextSamples:
    """What `keep` wrote."""
    return load_samples(Path(asked.kept))


def digests(items: TextSamples) -> list[str]:
    return items.digests()


def refuse_unfit_items(items: TextSamples, asked: Items) -> None:
    """Every text is tokens, and its own tokenizer made them."""


def remarks(items: TextSamples) -> tuple[str, ...]:
    return items.remarks


def refuse_beyond_context(assessment: Assessment, text: Text, asked: int) -> None:
    """Some runtimes abort there, others answer nonsense.

    Raises:
        ConfigError: a text, or a timed request of so many tokens, is longer than what the model was made for.
    """
    longest = assessment.details.get("context_length")
    for name, length in (("text.window", text.window), ("the timed request", asked)):
        if isinstance(longest, int) and length > longest:
            raise ConfigError(f"{name} has {length} tokens, and {assessment.model.path} takes {longest}")


def prompt(items: TextSamples, length: int) -> tuple[int, ...]:
    """Running text of exactly so many tokens, repeated where the items are shorter."""
    texts = items.windows or items.prompts
    tokens: list[int] = []
    while len(tokens) < length:
        tokens += [token for part in texts[:64] for token in part]
    return tuple(tokens[:length])


def first_windows(items: TextSamples, most: int) -> list[tuple[int, ...]]:
    """Something to run: running text where there is any, else prompts."""
    return list((items.windows or items.prompts)[:most])
