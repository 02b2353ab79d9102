"""What holds for backends of language models: tokens in, log-probabilities or tokens out."""

from typing import Any

import numpy as np

from edgeci.conformance.fixtures import TextFixture
from edgeci.conformance.subject import Attempt, Subject, demand
from edgeci.conformance.tasks import Prompt
from edgeci.evaluation import text_scores
from edgeci.evaluation.arrays import Floats
from edgeci.kinds.text import SAME_KL

LOSSY_KL = 2.0
"""Nats; as `optimize` lets in."""
NEAR_TIE = {True: 0.05, False: 0.25}
"""Nats, for lossless methods and the others: one token alone goes through other kernels than a prompt does.

With int8 activations OpenVINO rounds otherwise there: log-probabilities of single tokens move by up to 0.6 nats, the
distribution by a KL divergence of 0.002.
"""
PROMPT, ANSWER = 12, 12
STREAMED = 48
WINDOWS = 3
"""Scored by every candidate."""


def fixture(subject: Subject) -> TextFixture:
    assert isinstance(subject.fixture, TextFixture)
    return subject.fixture


def conversation(subject: Subject, attempt: Attempt, *prompts: Prompt, **about: object) -> list[Any]:
    """The answer of each request to one session: an array of log-probabilities, or what was generated."""
    said = subject.use(attempt, prompts, **about).said
    with np.load(subject.folder / "answers.npz", allow_pickle=False) as archive:
        return [said[str(number)] if str(number) in said else archive[str(number)] for number in range(len(prompts))]


def scored(subject: Subject, attempt: Attempt) -> list[Floats]:
    """The rows of the first windows. Nothing that is asked of a language model takes longer, so it is asked once."""
    key = str(attempt.path)
    if key not in subject.answers:
        subject.answers[key] = conversation(subject, attempt, *map(score, compared(subject)))
    return subject.answers[key]


def compared(subject: Subject) -> list[list[int]]:
    return fixture(subject).windows[:WINDOWS]


def score(tokens: list[int]) -> Prompt:
    return Prompt(tokens=tuple(tokens))


def generate(tokens: list[int], count: int, take: int | None = None) -> Prompt:
    return Prompt(tokens=tuple(tokens), count=count, take=take)


def every_candidate_gives_log_probabilities(subject: Subject) -> None:
    """float32, one row a token, finite, and the probabilities of a row sum to 1."""
    for attempt in subject.candidates():
        for window, rows in zip(compared(subject), scored(subject, attempt), strict=True):
            defect = text_scores.defect(rows, window)
            demand(defect is None, f"{attempt.recipe.method}: {defect}")
            demand(rows.dtype == np.float32, f"{attempt.recipe.method}: log-probabilities are {rows.dtype}")
            demand(rows.shape[1] > max(window), f"{attempt.recipe.method}: the vocabulary ends before the tokens do")


def every_candidate_answers_like_as_is(subject: Subject) -> None:
    """Lossless methods agree with as-is; the others are recognizable."""
    reference = scored(subject, subject.candidate())
    for attempt in subject.candidates()[1:]:
        divergence = text_scores.compared(reference, scored(subject, attempt)).kl_divergence or 0.0
        is_lossless = attempt.recipe.method in subject.backend.LOSSLESS
        most = SAME_KL if is_lossless else LOSSY_KL
        demand(
            divergence <= most,
            f"{attempt.recipe.method}: mean KL divergence from as-is {divergence:.3g}, at most {most}",
        )


def a_row_knows_what_came_before_it_only(subject: Subject) -> None:
    """Row i is for the token after tokens[: i + 1]: what follows in the call does not change it."""
    window = fixture(subject).windows[0]
    whole, part, one = conversation(subject, subject.candidate(), score(window), score(window[:8]), score(window[:1]))
    demand(part.shape[0] == 8 and one.shape[0] == 1, "a call with fewer tokens is not answered by as many rows")
    for rows in (part, one):
        difference = text_scores.divergence(whole[: len(rows)], rows)
        demand(difference <= SAME_KL, f"the same tokens, followed by others, have KL divergence {difference:.3g}")


def every_call_starts_from_an_empty_context(subject: Subject) -> None:
    """The order of calls does not matter, nor an answer that was abandoned half-way."""
    first, second, *_ = fixture(subject).windows
    asked = [
        score(first),
        score(second),
        generate(second[:PROMPT], STREAMED, take=3),
        score(first),
        generate(first[:PROMPT], ANSWER),
        generate(second[:PROMPT], ANSWER),
        generate(first[:PROMPT], ANSWER),
    ]
    one, _, _, again, answer, _, same = conversation(subject, subject.candidate(), *asked)
    difference = float(np.abs(one - again).max())
    demand(difference < 1e-3, f"what was asked before changes log-probabilities by up to {difference:.3g}")
    demand(answer.tokens == same.tokens, "what was asked before changes what is generated")


def generating_is_greedy(subject: Subject) -> None:
    """Every token is the likeliest by the session's own log-probabilities; near-ties may go either way."""
    for attempt in subject.candidates():
        prompt = fixture(subject).windows[0][:PROMPT]
        [said] = conversation(subject, attempt, generate(prompt, ANSWER).model_copy(update={"score_it": True}))
        with np.load(subject.folder / "answers.npz", allow_pickle=False) as archive:
            scores = archive["0/scored"]
        rows = scores[PROMPT - 1 : PROMPT - 1 + ANSWER]
        lost = rows.max(axis=1) - rows[np.arange(ANSWER), list(said.tokens)]
        demand(lost.max() <= NEAR_TIE[attempt.recipe.method in subject.backend.LOSSLESS],
               f"{attempt.recipe.method}: generated token {int(lost.argmax())} is {lost.max():.3g} nats less likely "
               "than the likeliest")  # fmt: skip


def as_many_tokens_come_as_were_asked_for(subject: Subject) -> None:
    """Neither an end-of-text id in the prompt nor one that is generated ends an answer."""
    prompt = fixture(subject).windows[1][:PROMPT]
    prompts = [prompt, *([*prompt, token] for token in fixture(subject).words.end_tokens[:1])]
    requests = [generate(each, count) for each in prompts for count in (1, STREAMED)]
    for request, said in zip(requests, conversation(subject, subject.candidate(), *requests), strict=True):
        count = len(said.tokens)
        demand(count == request.count, f"{request.count} tokens were asked for, {count} came")


def tokens_come_as_they_are_found(subject: Subject) -> None:
    """A generator, whose first token costs less than half of the CPU time of all of them."""
    prompt = fixture(subject).windows[0][:PROMPT]
    warm = generate(prompt, 2)
    _, said = conversation(subject, subject.candidate(), warm, generate(prompt, STREAMED))
    demand(said.is_iterator, "generate returns no iterator")
    first, last = said.cpu_ms[0], said.cpu_ms[-1]
    demand(last < 1 or first < last / 2, f"the first of {STREAMED} tokens takes {first:.0f} of {last:.0f} ms CPU time")


def generated_tokens_are_of_the_vocabulary(subject: Subject) -> None:
    """Plain integers, each with a log-probability."""
    prompt = fixture(subject).windows[0][:PROMPT]
    said, rows = conversation(subject, subject.candidate(), generate(prompt, ANSWER), score(prompt))
    demand(said.types == ("int",), f"tokens are {', '.join(said.types)}, not int")
    demand(all(0 <= token < rows.shape[1] for token in said.tokens), "a token is outside of the vocabulary")


def threads_do_not_change_the_answers(subject: Subject) -> None:
    """One thread or two: the same distribution."""
    window = fixture(subject).windows[0]
    [one], [two] = (conversation(subject, subject.candidate(), score(window), threads=threads) for threads in (1, 2))
    demand(text_scores.divergence(one, two) <= SAME_KL, "two threads give other answers than one")


def making_it_again_gives_the_same(subject: Subject) -> None:
    """as-is, twice of the same: the same bytes, or at least the same answers."""
    attempt, again = subject.candidate(), subject.make(subject.as_is, "-again")
    demand(again.problem is None, f"as-is works once and then fails: {again.problem}")
    if list(again.files.values()) != list(attempt.files.values()):
        window = fixture(subject).windows[0]
        [ours], [theirs] = (conversation(subject, each, score(window)) for each in (again, attempt))
        demand(np.allclose(ours, theirs, atol=1e-3), "as-is, made twice of the same, answers differently")


TEXT = (
    every_candidate_gives_log_probabilities,
    every_candidate_answers_like_as_is,
    a_row_knows_what_came_before_it_only,
    every_call_starts_from_an_empty_context,
    generating_is_greedy,
    as_many_tokens_come_as_were_asked_for,
    tokens_come_as_they_are_found,
    generated_tokens_are_of_the_vocabulary,
    threads_do_not_change_the_answers,
    making_it_again_gives_the_same,
)
