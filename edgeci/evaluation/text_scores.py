"""Raw numbers of a language model from its log-probabilities: per window, per question, per exercise.

The comparisons are those of llama.cpp's perplexity tool (KL divergence, same top token), per window of running text,
so that an interval knows how many independent items there were: tokens of one text are not independent.
"""

from collections.abc import Iterable, Sequence
from itertools import takewhile

import numpy as np

from edgeci.evaluation.arrays import Array, Floats
from edgeci.evaluation.text_items import Question
from edgeci.types import Agreement

STORED = np.float16
"""How a reference's log-probabilities are kept: 2 bytes a number; its rounding is worth about 1e-6 nats of KL."""
SUM_TOLERANCE = 1e-2


def defect(log_probabilities: Array, tokens: Sequence[int]) -> str | None:
    """Why these (n, vocabulary) numbers are no log-probabilities after n tokens; None where they are."""
    if log_probabilities.ndim != 2 or len(log_probabilities) != len(tokens):
        return f"log-probabilities of shape {log_probabilities.shape} for {len(tokens)} tokens"
    if not np.isfinite(log_probabilities).all():
        return "the log-probabilities hold NaN or infinity"
    sums = np.exp(log_probabilities.astype(np.float64)).sum(axis=1)
    if np.abs(sums - 1).max() > SUM_TOLERANCE:
        return f"probabilities sum to {sums[np.abs(sums - 1).argmax()]:.4g}, not to 1"
    return None


def cross_entropy(log_probabilities: Floats, tokens: Sequence[int]) -> float:
    """Mean negative log-probability of tokens[1:], nats."""
    following = np.asarray(tokens[1:])
    return float(-log_probabilities[np.arange(len(following)), following].mean(dtype=np.float64))


def divergence(reference: Array, ours: Floats) -> float:
    """Mean over the positions of KL(reference || ours), nats; the reference may be stored in half precision."""
    theirs = normalized(reference.astype(np.float32))
    return float(max(0.0, np.sum(np.exp(theirs) * (theirs - ours), axis=1, dtype=np.float64).mean()))


def normalized(logarithms: Floats) -> Floats:
    """Rounding moves a sum of probabilities off 1 by a little; back to 1."""
    result: Floats = logarithms - np.log(np.exp(logarithms).sum(axis=1, keepdims=True, dtype=np.float64)).astype(
        np.float32
    )
    return result


def same_top(reference: Array, ours: Floats) -> float:
    """Share of the positions with the reference's likeliest token among ours; a tie in the reference is either's."""
    best = reference.max(axis=1)
    return float(np.mean(reference[np.arange(len(ours)), ours.argmax(axis=1)] == best))


def compared(references: Iterable[Array], ours: Iterable[Floats]) -> Agreement:
    """Two models on the same windows, before anything is measured."""
    cosines, errors, tops, divergences = [], [], [], []
    for theirs, mine in zip(references, ours, strict=True):
        one, other = np.exp(normalized(theirs.astype(np.float32))), np.exp(mine)
        norms = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
        cosines.append(float((np.sum(one * other, axis=1) / norms).mean()))
        errors.append(float(np.abs(one - other).max()))
        tops.append(same_top(theirs, mine))
        divergences.append(divergence(theirs, mine))
    return Agreement(
        items=len(cosines),
        cosine=float(np.mean(cosines)),
        max_error=max(errors),
        same_top=float(np.mean(tops)),
        kl_divergence=float(np.mean(divergences)),
    )


def chosen(question: Question, log_probabilities: Sequence[Floats]) -> int:
    """The choice with the highest log-likelihood per token; one array per choice, of prompt and choice together.

    Per token, because a sum would prefer short choices (the `acc_norm` of lm-evaluation-harness, which counts bytes).
    """
    start = len(question.prompt) - 1
    likelihoods = [
        float(logarithms[np.arange(start, start + len(choice)), np.asarray(choice)].mean(dtype=np.float64))
        for choice, logarithms in zip(question.choices, log_probabilities, strict=True)
    ]
    return int(np.argmax(likelihoods))


def answer(tokens: Iterable[int], end_tokens: frozenset[int]) -> list[int]:
    """Generated ids up to the first that ends an answer."""
    return list(takewhile(lambda token: token not in end_tokens, tokens))
