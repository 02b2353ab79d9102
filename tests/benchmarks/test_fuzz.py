"""Damaged configurations, data and records are read or refused in one sentence; `benchmarks.fuzz` tries more."""

import warnings
from collections import Counter
from pathlib import Path

import pytest
import yaml

from benchmarks.fuzz import READ, fault, outcome
from benchmarks.fuzz_cases import CONFIGURATIONS, FULL, case, vocabulary
from edgeci.config_file import load

CASES = 250


def test_a_damaged_input_is_read_or_refused_and_nothing_else(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, of damaged images
        made = [outcome(1, number, tmp_path / "case") for number in range(CASES)]
    assert [(each.number, each.subject, reason) for each in made if (reason := fault(each)) is not None] == []
    names = Counter(each.name for each in made)
    assert names[READ] > CASES / 20
    assert names.keys() == {READ, "ConfigError", "InputRejected", "WorkspaceError", "OtherEdgeci"}


def test_a_case_is_made_again_from_the_seed_and_its_number() -> None:
    assert [case(3, number).files for number in range(20)] == [case(3, number).files for number in range(20)]
    assert case(3, 0).files != case(4, 0).files


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=str)
def test_what_is_damaged_was_sound(path: Path, tmp_path: Path) -> None:
    whole = yaml.safe_load(path.read_text()) | yaml.safe_load(FULL)
    (tmp_path / "edgeci.yaml").write_text(yaml.safe_dump(whole))
    load(tmp_path / "edgeci.yaml", vocabulary())
