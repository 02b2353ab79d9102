"""What holds for backends that take arrays and give arrays."""

import numpy as np

from edgeci.conformance.fixtures import TensorFixture
from edgeci.conformance.subject import Attempt, Subject, demand
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.comparisons import mean_cosine
from edgeci.kinds.outputs import SAME_COSINE

LOSSY_COSINE = 0.9
"""A quantized model of four layers is much closer; one that is further is not a candidate."""
ITEMS = 8


def answers(subject: Subject, attempt: Attempt, *batches: tuple[int, ...], **about: object) -> list[Array]:
    """The first output of each request to one session."""
    fixture = subject.fixture
    assert isinstance(fixture, TensorFixture)
    subject.use(attempt, [fixture.batch(*items) for items in batches], **about)
    with np.load(subject.folder / "answers.npz", allow_pickle=False) as archive:
        return [archive[f"{number}/0"] for number in range(len(batches))]


def one_by_one(subject: Subject, attempt: Attempt, count: int = ITEMS) -> list[Array]:
    return answers(subject, attempt, *((index,) for index in range(count)))


def expected(subject: Subject) -> Array:
    assert isinstance(subject.fixture, TensorFixture)
    return subject.fixture.expected


def every_candidate_runs(subject: Subject) -> None:
    """Load, run, finite, of the shape that the model declares."""
    for attempt in subject.candidates():
        for answer in one_by_one(subject, attempt):
            shape = expected(subject)[:1].shape
            demand(answer.shape == shape, f"{attempt.recipe.method}: an answer has shape {answer.shape}, not {shape}")
            demand(np.isfinite(answer).all(), f"{attempt.recipe.method}: an answer holds NaN or infinity")


def every_candidate_answers_like_its_source(subject: Subject) -> None:
    """Lossless methods agree with the ONNX project's reference evaluator; the others are recognizable."""
    for attempt in subject.candidates():
        cosine = mean_cosine(expected(subject)[:ITEMS], np.concatenate(one_by_one(subject, attempt)))
        is_lossless = attempt.recipe.method in subject.backend.LOSSLESS
        least = SAME_COSINE if is_lossless else LOSSY_COSINE
        demand(cosine >= least,
               f"{attempt.recipe.method}{' is in LOSSLESS and' if is_lossless else ''} agrees with its source by a "
               f"cosine of {cosine:.4f}, at least {least} is wanted")  # fmt: skip


def the_same_item_gives_the_same_answer(subject: Subject) -> None:
    """Nothing an inference leaves behind changes the next: neither what was asked before, nor how often."""
    for attempt in subject.candidates():
        first, _, again, _, last = answers(subject, attempt, (0,), (1,), (0,), (2,), (0,))
        same = np.array_equal(first, again) and np.array_equal(first, last)
        demand(same, f"{attempt.recipe.method}: the same item is answered differently the second time")


def a_batch_is_answered_item_by_item(subject: Subject) -> None:
    """The model's batch dimension is any size; the answers of a batch are those of its items."""
    attempt = subject.candidate()
    alone = np.concatenate(one_by_one(subject, attempt, 4))
    [together] = answers(subject, attempt, (0, 1, 2, 3))
    demand(together.shape == alone.shape, f"a batch of 4 is answered by shape {together.shape}, not {alone.shape}")
    close = np.allclose(together, alone, rtol=1e-3, atol=1e-3)
    demand(
        close, f"a batch is answered differently than its items (by {np.abs(np.subtract(together, alone)).max():.2g})"
    )


def threads_do_not_change_the_answers(subject: Subject) -> None:
    """One thread or two: the same answers, rounding aside."""
    attempt = subject.candidate()
    [one], [two] = (answers(subject, attempt, (0,), threads=threads) for threads in (1, 2))
    demand(np.allclose(one, two, rtol=1e-3, atol=1e-4), "two threads give other answers than one")


def making_it_again_gives_the_same(subject: Subject) -> None:
    """The same model, recipe and data: the same bytes, or at least the same answers."""
    for attempt in subject.candidates():
        again = subject.make(attempt.recipe, "-again")
        demand(again.problem is None, f"{attempt.recipe.method} works once and then fails: {again.problem}")
        if list(again.files.values()) != list(attempt.files.values()):
            ours, theirs = (np.concatenate(one_by_one(subject, each)) for each in (again, attempt))
            demand(np.allclose(ours, theirs, rtol=1e-4, atol=1e-5),
                   f"{attempt.recipe.method}: made twice of the same, it answers differently")  # fmt: skip


TENSORS = (
    every_candidate_runs,
    every_candidate_answers_like_its_source,
    the_same_item_gives_the_same_answer,
    a_batch_is_answered_item_by_item,
    threads_do_not_change_the_answers,
    making_it_again_gives_the_same,
)
