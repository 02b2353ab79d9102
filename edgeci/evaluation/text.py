"""Items of a language model, tokenized once by the source model's own tokenizer: every candidate is fed the same ids.

Tokenizers of two runtimes differ slightly on the same text, so a comparison over text would compare them too.

A data source is a text file, or JSON lines in which each object is one of
    {"text": ...}                                 running text: cross_entropy, kl_divergence, same_top
    {"prompt": ..., "choices": [...], "label": i} a question: the choice with the highest log-likelihood is the answer
    {"prompt": ..., "answer": ...}                an exercise: the greedy answer must start with the expected one
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from edgeci.errors import ConfigError
from edgeci.evaluation.text_items import SHINGLE, Exercise, Question, TextSamples, load_samples
from edgeci.evaluation.text_rows import Kinds, Row, read_rows
from edgeci.metrics import METRICS, TEXT_METRICS
from edgeci.types import DataSource, Text

__all__ = [
    "KINDS",
    "SHINGLE",
    "Exercise",
    "Question",
    "TextSamples",
    "Tokenizer",
    "load_samples",
    "refuse_without_items",
    "stretches",
    "tokenize",
]

Encode = Callable[[str, bool], list[int]]
"""As Tokenizer.encode."""

KINDS = Kinds(
    keys=({"text": str}, {"prompt": str, "choices": list, "label": int}, {"prompt": str, "answer": str}),
    words="text, or prompt with choices and label, or prompt with answer",
)


class Tokenizer(Protocol):
    """The source model's own."""

    @property
    def end_tokens(self) -> frozenset[int]:
        """Ids that end an answer."""

    def encode(self, text: str, is_start: bool) -> list[int]:
        """Ids of a text; with the beginning-of-text id where it starts a context and the model wants one."""

    def whole(self, text: str) -> list[int]:
        """Ids of a text that stands alone, with everything that the model wants around one."""

    def decode(self, tokens: list[int]) -> str:
        """The text of ids."""

    def in_chat(self, prompt: str) -> str:
        """A user's prompt in the model's chat template, up to where the answer starts. Renders untrusted templates."""


def tokenize(source: DataSource, folder: Path, tokenizer: Tokenizer, text: Text) -> TextSamples:
    """Read a data source and tokenize it.

    Raises:
        ConfigError: missing file, unknown kind, an object that is no item, a text too short for one window.
        InputRejected: not text in UTF-8.
    """
    rows = read_rows(source, folder, KINDS)
    encode = tokenizer.encode

    def prompted(prompt: str) -> tuple[int, ...]:
        return tuple(encode(tokenizer.in_chat(prompt) if text.chat_template else prompt, True))

    texts = tuple(row["text"] for _, row in rows if "text" in row)
    questions = [question(where, row, prompted, encode) for where, row in rows if "choices" in row]
    exercises = [Exercise(prompted(row["prompt"]), row["answer"].strip()) for _, row in rows if "answer" in row]
    chosen = [row for _, row in rows if "choices" in row] + [row for _, row in rows if "answer" in row]
    return TextSamples(
        windows=tuple(windows(texts, encode, text.window, source)),
        questions=tuple(questions),
        exercises=tuple(exercises),
        texts=texts,
        end_tokens=tokenizer.end_tokens,
        slices=tuple(str(row[source.slices]) for row in chosen) if source.slices else (),
    )


def windows(texts: Sequence[str], encode: Encode, window: int, source: DataSource) -> list[tuple[int, ...]]:
    """Every stretch of every text."""
    start = encode("", True)
    every = [stretch for running in texts for stretch in stretches(encode(running, False), start, window)]
    if texts and not every:
        raise ConfigError(f"{source.path}: no text has {window} tokens; give longer texts or a smaller text.window")
    return every


def stretches(tokens: list[int], start: list[int], window: int) -> Iterator[tuple[int, ...]]:
    """The text cut into equal windows, each with the beginning-of-text tokens first; a shorter rest is left out."""
    step = window - len(start)
    for first in range(0, len(tokens) - step + 1, step):
        yield (*start, *tokens[first : first + step])


def question(where: str, row: Row, prompted: Callable[[str], tuple[int, ...]], encode: Encode) -> Question:
    if not all(isinstance(choice, str) for choice in row["choices"]):
        raise ConfigError(f"{where}: choices must be texts")
    choices = tuple(tuple(encode(choice, False)) for choice in row["choices"])
    if not all(choices) or len(choices) < 2 or not 0 <= row["label"] < len(choices):
        raise ConfigError(f"{where}: a question needs two choices or more, none empty, and the label of one of them")
    return Question(prompted(row["prompt"]), choices, row["label"])


def refuse_without_items(metric: str, items: TextSamples) -> None:
    """Each metric is taken on one kind of item.

    Raises:
        ConfigError: there are none of that kind, or the metric is not one of language models.
    """
    if metric in TEXT_METRICS and not items.windows:
        raise ConfigError(f"{metric} needs running text in the evaluation data: lines with `text`")
    if metric not in TEXT_METRICS:
        if METRICS[metric].kind != "class":
            raise ConfigError(f"{metric} is not measured of language models")
        if not items.questions and not items.exercises:
            raise ConfigError(f"{metric} needs questions (prompt, choices, label) or exercises (prompt, answer)")
