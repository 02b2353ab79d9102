"""Items of a language model, tokenized once by the source model's own tokenizer: every candidate is fed the same ids.

Tokenizers of two runtimes differ slightly on the same text, so a comparison over text would compare them too.

A data source is a text file, or JSON lines in which each object is one of
    {"text": ...}                                 running text: cross_entropy, kl_divergence, same_top
    {"prompt": ..., "choices": [...], "label": i} a question: the choice with the highest log-likelihood is the answer;
                                                  without `label`, `answer` says which is right
    {"prompt": ..., "answer": ...}                an exercise: the greedy answer must start with the expected one
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from edgeci.errors import ConfigError
from edgeci.evaluation.text_items import SHINGLE, Exercise, Question, TextSamples, load_samples
from edgeci.evaluation.text_questions import Start, nothing_before, question
from edgeci.evaluation.text_rows import Kinds, Row, read_rows
from edgeci.evaluation.text_windows import windows
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
    "tokenize",
]

KINDS = Kinds(
    keys=(
        {"text": str},
        {"prompt": str, "choices": list, "label": int | str},
        {"prompt": str, "choices": list, "answer": int | str},
        {"prompt": str, "answer": str},
    ),
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
    start = partial(tokenizer.encode, is_start=True)

    def asked(row: Row) -> str:
        return tokenizer.in_chat(row["prompt"]) if text.chat_template else str(row["prompt"])

    texts = tuple(row["text"] for _, row in rows if "text" in row)
    questions = [(where, row) for where, row in rows if "choices" in row]
    exercises = [(where, row) for where, row in rows if is_exercise(row)]
    stretches, remarks = windows([tokenizer.encode(each, False) for each in texts], start(""), text.window, source)
    return TextSamples(
        windows=stretches,
        questions=tuple(question(where, row, asked(row), start) for where, row in questions),
        exercises=tuple(exercise(where, row, asked(row), start) for where, row in exercises),
        texts=texts,
        end_tokens=tokenizer.end_tokens,
        slices=column(source.slices, (*questions, *exercises)),
        clusters=column(source.cluster, (*questions, *exercises)),
        remarks=remarks,
    )


def column(name: str | None, rows: Sequence[tuple[str, Row]]) -> tuple[str, ...]:
    return () if name is None else tuple(str(row[name]) for _, row in rows)


def is_exercise(row: Row) -> bool:
    """An answer that is not needed to know which choice is right."""
    return isinstance(row.get("answer"), str) and ("choices" not in row or "label" in row)


def exercise(where: str, row: Row, prompt: str, start: Start) -> Exercise:
    """
    Raises:
        ConfigError: an empty answer, which every text starts with, or nothing to continue.
    """
    answer = row["answer"].strip()
    if not answer:
        raise ConfigError(f"{where}: an empty `answer` is right whatever a model says; give one or remove the line")
    if not (tokens := start(prompt)):
        raise ConfigError(f"{where}: {nothing_before(prompt)}")
    return Exercise(tuple(tokens), answer)


def refuse_without_items(metric: str, items: TextSamples) -> None:
    """Each metric is taken on one kind of item.

    Raises:
        ConfigError: there are none of that kind, or the metric is not one of language models.
    """
    if metric in TEXT_METRICS and not items.windows:
        raise ConfigError(f"{metric} needs running text in the evaluation data: lines with `text`")
    if metric not in TEXT_METRICS:
        if METRICS[metric].wants != "class":
            raise ConfigError(f"{metric} is not measured of language models")
        if not items.questions and not items.exercises:
            raise ConfigError(f"{metric} needs questions (prompt, choices, label) or exercises (prompt, answer)")
