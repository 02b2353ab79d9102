"""Whatever a worker wrote as its answer, the parent gets a value or one of edgeci's errors."""

import json
import os
from pathlib import Path

import pytest

from edgeci.errors import BY_NAME, BackendFailed, EdgeciError, Interruption
from edgeci.isolation.answers import LONGEST_MESSAGE, read_answer


def answered(folder: Path, content: str) -> object:
    (folder / "answer.json").write_text(content)
    return read_answer(folder / "answer.json", 2**20, "; last lines: x")


@pytest.mark.parametrize(
    "content",
    [
        "{half",
        "",
        "[" * 100_000,
        '{"value": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"value": ' + "9" * 5_000 + "}",
        "[]",
        "null",
        "{}",
        '{"error": "SystemExit", "message": "x"}',
        '{"error": ["ConfigError"], "message": "x"}',
        '{"error": "ConfigError", "message": {"a": 1}}',
        '{"error": "ConfigError"}',
        "\ud83d".encode("utf-8", "surrogatepass").decode("latin-1"),
    ],
    ids=range(13),
)
def test_what_is_no_answer_is_a_failure_in_one_sentence(tmp_path: Path, content: str) -> None:
    with pytest.raises(BackendFailed, match=r"^unreadable answer \([^\n]{1,600}\); last lines: x$"):
        answered(tmp_path, content)


@pytest.mark.parametrize("name", BY_NAME)
def test_our_own_errors_come_back_as_themselves(tmp_path: Path, name: str) -> None:
    with pytest.raises(EdgeciError, match="said") as caught:
        answered(tmp_path, json.dumps({"error": name, "message": "said"}))
    assert type(caught.value) is BY_NAME[name]


def test_an_interruption_is_a_failed_backend_to_whoever_does_not_ask() -> None:
    assert Interruption("x").exit_code == BackendFailed("x").exit_code == 6


def test_a_message_can_be_printed_and_has_an_end(tmp_path: Path) -> None:
    with pytest.raises(EdgeciError) as caught:
        answered(tmp_path, '{"error": "ConfigError", "message": "\\ud800' + "x" * 100_000 + '"}')
    assert str(caught.value).encode() and len(str(caught.value)) == LONGEST_MESSAGE


def test_what_is_no_file_is_a_failure(tmp_path: Path) -> None:
    places = {"absent": tmp_path / "absent", "folder": tmp_path, "link": tmp_path / "link", "pipe": tmp_path / "pipe"}
    (tmp_path / "real").write_text('{"value": 1}')
    places["link"].symlink_to("real")
    os.mkfifo(places["pipe"])
    for place in places.values():
        with pytest.raises(BackendFailed, match="unreadable answer"):
            read_answer(place, 100, "")
