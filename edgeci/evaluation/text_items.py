"""Tokenized items of a language model: running text, questions and exercises."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

SHINGLE = 32
"""Calibration and evaluation text share an item where they share so many tokens in a row."""


@dataclass(frozen=True)
class Question:
    """Multiple choice: tokens that all choices share, of each choice from there on, and which is right."""

    prompt: tuple[int, ...]
    choices: tuple[tuple[int, ...], ...]
    label: int


@dataclass(frozen=True)
class Exercise:
    """A prompt whose greedy answer must be an expected text, whatever follows it (edgeci.evaluation.text_answers)."""

    prompt: tuple[int, ...]
    answer: str


@dataclass(frozen=True)
class TextSamples:
    """Tokenized items. `windows` are stretches of running text of one length; `texts` is that text itself.

    Of an embedding model a window is a whole text of any length (edgeci.evaluation.embeddings).
    """

    windows: tuple[tuple[int, ...], ...] = ()
    questions: tuple[Question, ...] = ()
    exercises: tuple[Exercise, ...] = ()
    texts: tuple[str, ...] = ()
    end_tokens: frozenset[int] = frozenset()
    slices: tuple[str, ...] = ()
    """One per question, then one per exercise, or one per pair; empty where the data names none."""
    clusters: tuple[str, ...] = ()
    """Likewise: what each of them belongs to."""
    pairs: tuple[tuple[int, int], ...] = ()
    """Embeddings only: the windows of a query and of the passage that belongs to it."""
    remarks: tuple[str, ...] = ()
    """What a person should know of the data, a sentence each: what was left out."""

    def __len__(self) -> int:
        return len(self.windows) + len(self.questions) + len(self.exercises)

    @property
    def prompts(self) -> tuple[tuple[int, ...], ...]:
        return (*(item.prompt for item in self.questions), *(item.prompt for item in self.exercises))

    def digests(self) -> list[str]:
        """sha256 of every item; running text as every stretch of 32 tokens in it."""
        stretches = [
            ",".join(map(str, tokens[start : start + SHINGLE]))
            for tokens in self.windows
            for start in range(max(1, len(tokens) - SHINGLE + 1))
        ]
        items = [json.dumps(asdict(item)) for item in self.questions]
        items += [json.dumps(asdict(item)) for item in self.exercises]
        items += [json.dumps([self.windows[query], self.windows[passage]]) for query, passage in self.pairs]
        return [hashlib.sha256(part.encode()).hexdigest() for part in (*stretches, *items)]

    def save(self, path: Path) -> None:
        content = {**asdict(self), "end_tokens": sorted(self.end_tokens)}
        path.write_text(json.dumps(content), encoding="utf-8")


def load_samples(path: Path) -> TextSamples:
    """What `save` wrote."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return TextSamples(
        windows=tuple(map(tuple, content["windows"])),
        questions=tuple(
            Question(tuple(item["prompt"]), tuple(map(tuple, item["choices"])), item["label"])
            for item in content["questions"]
        ),
        exercises=tuple(Exercise(tuple(item["prompt"]), item["answer"]) for item in content["exercises"]),
        texts=tuple(content["texts"]),
        end_tokens=frozenset(content["end_tokens"]),
        slices=tuple(content["slices"]),
        clusters=tuple(content["clusters"]),
        pairs=tuple((query, passage) for query, passage in content["pairs"]),
        remarks=tuple(content["remarks"]),
    )
