"""Let every saboteur try, after the honest original has passed."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from edgeci.errors import EdgeciError
from edgeci.saboteurs import bundles, decisions, graphs, honest, intruders, policies, samples, words, workspaces
from edgeci.saboteurs.saboteur import Attempt, Saboteur


def all_saboteurs() -> Iterator[Saboteur]:
    """In the order of the table."""
    for group in (samples, decisions, bundles, policies, workspaces, intruders, graphs, words):
        yield from group.saboteurs()


def trial(say: Callable[[str], None]) -> list[Attempt]:
    """How each fared.

    Raises:
        EdgeciError: the honest original does not pass, so nothing would be proved.
    """
    refuse_dishonest_original()
    attempts = []
    for saboteur in all_saboteurs():
        attempt = try_one(saboteur)
        say(f"{'caught' if attempt.caught else 'NOT CAUGHT'}: {attempt.kind}: {attempt.name}")
        attempts.append(attempt)
    return attempts


def refuse_dishonest_original() -> None:
    with tempfile.TemporaryDirectory(prefix="edgeci-honest-") as folder:
        problems = [
            honest.caught(honest.decision(list(honest.measurements().values()))),
            bundles.refusal(bundles.honest_bundle(Path(folder))),
        ]
    for problem in problems:
        if problem is not None:
            raise EdgeciError(f"the honest original does not pass: {problem}")


def try_one(saboteur: Saboteur) -> Attempt:
    with tempfile.TemporaryDirectory(prefix="edgeci-saboteur-") as folder:
        how = saboteur.attempt(Path(folder))
    # Where the attempt was made says nothing, and would make the table differ from run to run.
    words = "it got through" if how is None else how.replace(f"{folder}/", "")
    return Attempt(kind=saboteur.kind, name=saboteur.name, caught=how is not None, how=words)
