"""What holds for backends that embed: tokens of a whole text in, one vector out."""

import numpy as np

from edgeci.conformance.fixtures import TextFixture
from edgeci.conformance.subject import Attempt, Subject, demand
from edgeci.conformance.tasks import Prompt
from edgeci.evaluation import embedding_scores
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.comparisons import cosine_distances
from edgeci.kinds.outputs import SAME_COSINE

SAME = 1 - SAME_COSINE
"""Cosine distance; as `optimize` lets in of a lossless method."""
RECOGNIZABLE = 0.5
LENGTHS = (2, 7, 24, 48)
"""Tokens of the texts: one vector of each, whatever its length."""


def texts(subject: Subject) -> list[list[int]]:
    assert isinstance(subject.fixture, TextFixture)
    return [window[:length] for window, length in zip(subject.fixture.windows, LENGTHS, strict=False)]


def vectors(subject: Subject, attempt: Attempt, asked: list[list[int]], **about: object) -> list[Array]:
    """The vector of each text, asked of one session in order."""
    subject.use(attempt, [Prompt(tokens=tuple(tokens)) for tokens in asked], **about)
    with np.load(subject.folder / "answers.npz", allow_pickle=False) as archive:
        return [archive[str(number)] for number in range(len(asked))]


def distance(ours: list[Array], theirs: list[Array]) -> float:
    """The largest cosine distance of a text."""
    return float(cosine_distances(np.stack(theirs), np.stack(ours)).max())


def every_candidate_gives_embeddings(subject: Subject) -> None:
    """A float32 vector, finite and not zero, as long as any other, however long the text."""
    for attempt in subject.candidates():
        embedded = vectors(subject, attempt, texts(subject))
        for vector in embedded:
            defect = embedding_scores.defect(vector)
            demand(defect is None, f"{attempt.recipe.method}: {defect}")
            demand(vector.dtype == np.float32, f"{attempt.recipe.method}: embeddings are {vector.dtype}")
            demand(vector.shape == embedded[0].shape, f"{attempt.recipe.method}: {vector.size} numbers of one text, "
                   f"{embedded[0].size} of another")  # fmt: skip


def every_candidate_embeds_like_as_is(subject: Subject) -> None:
    """Lossless methods agree with as-is; the others are recognizable."""
    asked = texts(subject)
    reference = vectors(subject, subject.candidate(), asked)
    for attempt in subject.candidates()[1:]:
        apart = distance(vectors(subject, attempt, asked), reference)
        most = SAME if attempt.recipe.method in subject.backend.LOSSLESS else RECOGNIZABLE
        demand(apart <= most, f"{attempt.recipe.method}: cosine distance {apart:.3g} from as-is, at most {most:g}")


def another_text_has_another_embedding(subject: Subject) -> None:
    """Different texts, and the same words with one more, point elsewhere."""
    asked = texts(subject)
    longest = asked[-1]
    embedded = vectors(subject, subject.candidate(), [*asked, longest[:-1]])
    for number, one in enumerate(embedded):
        for other in embedded[number + 1 :]:
            demand(not np.allclose(one, other, atol=1e-6), "two different texts have the same embedding")


def a_text_leaves_nothing_behind(subject: Subject) -> None:
    """The order of calls does not matter."""
    first, *_, last = texts(subject)
    embedded = vectors(subject, subject.candidate(), [first, last, first])
    demand(np.allclose(embedded[0], embedded[2], atol=1e-5), "what was asked before changes an embedding")


def an_embedding_is_the_callers_own(subject: Subject) -> None:
    """The next call does not write into the array that the last one gave."""
    first, *_, last = texts(subject)
    kept, _ = vectors(subject, subject.candidate(), [first, last])
    [alone] = vectors(subject, subject.candidate(), [first])
    demand(np.allclose(kept, alone, atol=1e-5), "an embedding changes when the next text is asked for")


def threads_do_not_change_the_answers(subject: Subject) -> None:
    """One thread or two: the same direction."""
    one, two = (vectors(subject, subject.candidate(), texts(subject), threads=threads) for threads in (1, 2))
    demand(distance(one, two) <= SAME, "two threads give other embeddings than one")


def making_it_again_gives_the_same(subject: Subject) -> None:
    """as-is, twice of the same: the same bytes, or at least the same embeddings."""
    attempt, again = subject.candidate(), subject.make(subject.as_is, "-again")
    demand(again.problem is None, f"as-is works once and then fails: {again.problem}")
    if list(again.files.values()) != list(attempt.files.values()):
        ours, theirs = (vectors(subject, each, texts(subject)) for each in (again, attempt))
        demand(distance(ours, theirs) <= SAME, "as-is, made twice of the same, embeds differently")


EMBEDDINGS = (
    every_candidate_gives_embeddings,
    every_candidate_embeds_like_as_is,
    another_text_has_another_embedding,
    a_text_leaves_nothing_behind,
    an_embedding_is_the_callers_own,
    threads_do_not_change_the_answers,
    making_it_again_gives_the_same,
)
