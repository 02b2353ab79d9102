"""What lm-evaluation-harness logged are items as they are."""

import json
from pathlib import Path

import pytest

from edgeci.evaluation.harness_rows import translated
from edgeci.evaluation.text import KINDS
from edgeci.evaluation.text_rows import read_rows
from edgeci.types import DataSource

NEW = {f"gen_args_{place}": {"arg_0": "Q: 2+2? A:", "arg_1": choice} for place, choice in enumerate((" 3", " 4"))}
OLD = [["Q: 2+2? A:", " 3"], ["Q: 2+2? A:", " 4"]]


@pytest.mark.parametrize("arguments", [NEW, OLD])
@pytest.mark.parametrize("target", [1, "1"])
def test_choices_are_asked_behind_the_context_that_was_used(arguments: object, target: object) -> None:
    row = translated({"doc_id": 0, "doc": {"q": "2+2?"}, "arguments": arguments, "target": target, "acc": 1.0})
    assert isinstance(row, dict)
    assert (row["prompt"], row["choices"], row["label"]) == ("Q: 2+2? A:", [" 3", " 4"], 1)


def test_what_was_to_be_generated_is_an_exercise() -> None:
    arguments = {"gen_args_0": {"arg_0": "Q: 2+2? A:", "arg_1": {"until": ["\\n"]}}}
    row = translated({"doc_id": 0, "arguments": arguments, "target": "4"})
    assert isinstance(row, dict)
    assert (row["prompt"], row["answer"]) == ("Q: 2+2? A:", "4")


@pytest.mark.parametrize("row", [
    {"doc_id": 0, "arguments": [], "target": 1},
    {"doc_id": 0, "arguments": [["a", " b"], ["c", " d"]], "target": 1},
    {"doc_id": 0, "arguments": "x", "target": 1},
    {"prompt": "p", "answer": "a"},
    [1],
])  # fmt: skip
def test_other_rows_stay_as_they_are(row: object) -> None:
    assert translated(row) == row


def test_a_log_is_a_file_of_items(tmp_path: Path) -> None:
    line = {"doc_id": 0, "arguments": OLD, "target": 1, "resps": [[-1.0, False]], "acc": 1.0}
    (tmp_path / "samples_arithmetic.jsonl").write_text(json.dumps(line) + "\n")
    [(_, row)] = read_rows(DataSource(path="samples_arithmetic.jsonl"), tmp_path, KINDS)
    assert row["label"] == 1
