"""What a step leaves for GitHub, read as its runner reads it."""

from pathlib import Path

import pytest

from edgeci import github
from tests.actions.steps import parsed
from tests.reports.hostile import HOSTILE


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_value_sets_its_own_output_and_no_other(tmp_path: Path, text: str) -> None:
    output = tmp_path / "output"
    github.write_outputs({"first": text, "second": "b"}, {"GITHUB_OUTPUT": str(output)})
    outputs = parsed(output.read_text())
    assert outputs.keys() == {"first", "second"}
    assert outputs["second"] == "b"


def test_a_file_whose_name_is_no_text_can_be_an_output(tmp_path: Path) -> None:
    output = tmp_path / "output"
    github.write_outputs({"report": str(Path("caf\udce9"))}, {"GITHUB_OUTPUT": str(output)})
    assert parsed(output.read_text()) == {"report": "caf\\udce9"}
