"""What a language model makes of running text, of questions and of exercises, as raw numbers."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from edgeci.errors import BackendFailed
from edgeci.evaluation import text_scores
from edgeci.evaluation.arrays import Array, Floats
from edgeci.evaluation.text_answers import starts_with
from edgeci.evaluation.text_items import TextSamples
from edgeci.kinds import tokens
from edgeci.kinds.conversation import Session
from edgeci.types import Items


def scored(session: Session, window: Sequence[int]) -> Floats:
    """(n, vocabulary) log-probabilities that are some."""
    rows = session.log_probabilities(window)
    if (defect := text_scores.defect(rows, window)) is not None:
        raise BackendFailed(defect)
    return rows.astype(np.float32, copy=False)


def refuse_other_vocabulary(theirs: Sequence[Array], ours: Sequence[Array]) -> None:
    sizes = {part.shape[1] for part in (*theirs, *ours)}
    if len(sizes) > 1:
        raise BackendFailed(f"its vocabulary has {ours[0].shape[1]} tokens, the source's {theirs[0].shape[1]}")


def read_windows(
    session: Session, items: TextSamples, save: Path | None, reference: Path | None
) -> Iterator[tuple[str, float]]:
    """Each window's numbers; the log-probabilities of all of them are one file that is never whole in memory."""
    theirs = None if reference is None else np.load(reference, mmap_mode="r", allow_pickle=False)
    kept: Array | None = None
    for index, window in enumerate(items.windows):
        ours = scored(session, window)
        if save is not None and kept is None:
            shape = (len(items.windows), *ours.shape)
            kept = np.lib.format.open_memmap(save, mode="w+", dtype=text_scores.STORED, shape=shape)
        if kept is not None:
            kept[index] = ours
        yield "cross_entropy", text_scores.cross_entropy(ours, window)
        if theirs is None:
            yield "kl_divergence", 0.0
            yield "same_top", 1.0
        else:
            refuse_other_vocabulary([theirs[index]], [ours])
            yield "kl_divergence", text_scores.divergence(theirs[index], ours)
            yield "same_top", text_scores.same_top(theirs[index], ours)


def answered(session: Session, items: TextSamples, asked: Items) -> list[float]:
    """The chosen answer of each question; of each exercise 1 where it is solved (its label), 0 where not."""
    predictions: list[float] = []
    for question in items.questions:
        likelihoods = [scored(session, (*question.prompt, *choice)) for choice in question.choices]
        predictions.append(float(text_scores.chosen(question, likelihoods)))
    if items.exercises:
        words = tokens.tokenizer(asked)
        for exercise in items.exercises:
            said = session.generate(exercise.prompt, asked.text.answer_tokens)
            answer = words.decode(text_scores.answer(said, items.end_tokens))
            predictions.append(float(starts_with(answer, exercise.answer)))
    return predictions
