"""Rows of text: each is of some kind, and what it holds besides is not read."""

from pathlib import Path

import pytest

from edgeci.errors import ConfigError
from edgeci.evaluation.text import KINDS
from edgeci.evaluation.text_rows import Row, read_rows
from edgeci.types import DataSource


def rows(folder: Path, content: str, slices: str | None = None) -> list[Row]:
    (folder / "a.jsonl").write_text(content)
    return [row for _, row in read_rows(DataSource(path="a.jsonl", slices=slices), folder, KINDS)]


@pytest.mark.parametrize(
    "besides", ['"choices": null', '"answer": 3', '"label": "good"', '"prompt": "a", "answer": []', '"query": 1']
)
def test_the_keys_of_another_kind_are_not_read(besides: str, tmp_path: Path) -> None:
    assert rows(tmp_path, f'{{"text": "Some text", {besides}}}') == [{"text": "Some text"}]


def test_a_row_of_two_kinds_is_both(tmp_path: Path) -> None:
    row = '{"prompt": "2 + 2 =", "choices": ["3", "4"], "label": 1, "answer": "4"}'
    assert rows(tmp_path, row)[0].keys() == {"prompt", "choices", "label", "answer"}


def test_the_key_that_names_the_slice_is_kept(tmp_path: Path) -> None:
    assert rows(tmp_path, '{"prompt": "a", "answer": "b", "kind": 7}', "kind")[0]["kind"] == 7


@pytest.mark.parametrize("slices", ["kind", "choices"])
def test_a_slice_is_named_by_a_key_that_means_nothing_else(slices: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"a.jsonl:1: no '{slices}', which data.evaluation.slices names"):
        rows(tmp_path, '{"prompt": "a", "answer": "b", "choices": null}', slices)


@pytest.mark.parametrize(
    "line", ['{"text": "\\ud800"}', '{"text": ' + "9" * 5000 + "}", "[" * 100_000, '{"text": "a"', '{"a\\udc00": 1}']
)
def test_what_is_no_json_is_refused_at_its_line(line: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"a\.jsonl:2: not JSON"):
        rows(tmp_path, '{"text": "whole \\ud83d\\ude00 characters"}\n' + line)


def test_blank_lines_between_rows_are_none_and_count_as_lines(tmp_path: Path) -> None:
    content = '{"text": "a"}\n\n  \r\n{"text": "b"}\n\n'
    assert [row["text"] for row in rows(tmp_path, content)] == ["a", "b"]
    with pytest.raises(ConfigError, match=r"a\.jsonl:5: give text"):
        rows(tmp_path, content.removesuffix("\n") + "3\n")
