"""JSON that came with a model or with data: what is no JSON file, and what only looks like JSON."""

import os
from pathlib import Path

import pytest

from edgeci.errors import ConfigError, InputRejected
from edgeci.plain_json import parsed_line, read_list, read_object


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("fifo", "zero"):
        with pytest.raises(InputRejected, match=f"{name}: not a regular file"):
            read_object(tmp_path / name, 1000)


@pytest.mark.parametrize("content", ["[" * 100_000, "9" * 5000, '{"a": ' + "9" * 5000 + "}", "\ufeff[]", ""])
def test_what_python_cannot_hold_is_no_json(content: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(content)
    for read in (read_object, read_list):
        with pytest.raises(InputRejected, match=r"a\.json: not JSON"):
            read(tmp_path / "a.json", 1_000_000)


def test_a_line_may_escape_whole_characters_only() -> None:
    assert parsed_line(b'"\\ud83d\\ude00 \\u00e9"', "a:1") == "\U0001f600 \u00e9"
    for line in (b'"\\ud800"', b'{"\\ude00": 1}', b'[["\\ud83d x \\ude00"]]'):
        with pytest.raises(ConfigError, match="a:1: not JSON"):
            parsed_line(line, "a:1")
