"""Every saboteur is caught, the honest original passes, and the trial itself can fail."""

from pathlib import Path

import pytest

from edgeci.saboteurs.saboteur import Saboteur
from edgeci.saboteurs.trial import all_saboteurs, refuse_dishonest_original, try_one
from tests.stages.project_folder import edgeci

SABOTEURS = list(all_saboteurs())


def test_the_honest_original_passes() -> None:
    refuse_dishonest_original()


@pytest.mark.parametrize("saboteur", SABOTEURS, ids=lambda each: f"{each.kind}: {each.name}")
def test_this_saboteur_is_caught(saboteur: Saboteur) -> None:
    attempt = try_one(saboteur)
    assert attempt.caught, attempt.how


def test_there_are_at_least_sixty_of_different_names() -> None:
    names = {(each.kind, each.name) for each in SABOTEURS}
    assert len(names) == len(SABOTEURS) >= 60


def test_one_who_changes_nothing_is_not_caught() -> None:
    from edgeci.saboteurs import samples

    honest = Saboteur("samples", "nothing is changed", samples.changed("latency_cpu", lambda measurement: measurement))
    assert not try_one(honest).caught


def test_the_command_says_how_many_were_caught(tmp_path: Path) -> None:
    done = edgeci(tmp_path, "gate", "--self-test", "--quiet")
    assert done.code == 0
    assert done.out == f"{len(SABOTEURS)} of {len(SABOTEURS)} saboteurs were caught\n"
