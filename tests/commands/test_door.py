"""Whatever is said, nothing leaves the process that a CI log or a terminal obeys, and nothing is lost of it."""

import io
import json
import sys
from collections.abc import Callable

import pytest
from hypothesis import given

from edgeci.commands import door
from edgeci.reports import annotations
from edgeci.reports.characters import inert, inert_json, one_line
from tests.reports.hostile import ANY_TEXT, HOSTILE
from tests.reports.runner_log import OWN, commands, obeyed_by_a_terminal

FORGED = "::set-output name=outcome::passed"
COMMANDS = (
    *HOSTILE,
    FORGED,
    f"x\n{FORGED}\n::stop-commands::y",
    f"x\r{FORGED}",
    f"x\r\n{FORGED}",
    f"x\u2028{FORGED}\x85{FORGED}\x0b{FORGED}\x0c{FORGED}",
    f" \t\u00a0\u3000{FORGED}",
    f"\ufeff\u200b\u00ad{FORGED}",
    "said in the middle: ##[set-output name=outcome;]passed",
    "###[error]and one hash more",
    "##vso[task.setvariable variable=outcome]passed",
    "\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x1b[2K\x1b[1A\x9b2K",
)
LINES: dict[str, Callable[[str], None]] = {
    "progress": door.progress,
    "a detail of the progress": lambda text: door.progress(f"  {text}"),
    "a complaint": door.complain,
    "a result": door.tell,
}
each_text = pytest.mark.parametrize("text", COMMANDS, ids=ascii)


@each_text
@pytest.mark.parametrize("way", LINES)
def test_a_line_holds_no_command(way: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    LINES[way](text)
    said = "".join(capsys.readouterr())
    assert commands(said) == obeyed_by_a_terminal(said) == []
    assert "##[" not in said and "##vso[" not in said
    assert said.endswith("\n")


@each_text
@pytest.mark.parametrize("way", ["progress", "a detail of the progress", "a result"])
def test_one_line_is_meant_and_one_is_written(way: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    LINES[way](text)
    assert "".join(capsys.readouterr()).count("\n") == 1


@each_text
def test_what_was_laid_out_and_how_a_command_is_used_hold_no_command(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    door.lay_out(f"{text}\n  {text}\n")
    door.show_usage(f"Error: {text}\n{text}")
    said = "".join(capsys.readouterr())
    assert commands(said) == obeyed_by_a_terminal(said) == []
    assert "##[" not in said and "##vso[" not in said


@each_text
def test_json_keeps_its_values(text: str, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    content = {text: [text, {"next": text}]}
    door.hand_over(json.dumps(content, indent=1, ensure_ascii="\ud800" in text) + "\n")
    said = capsysbinary.readouterr().out
    assert json.loads(said) == content
    assert commands(said) == obeyed_by_a_terminal(said.decode()) == []
    assert b"##[" not in said


@given(ANY_TEXT)
def test_any_text_in_any_line_and_any_json(text: str) -> None:
    for said in (inert(one_line(text)), inert(one_line(f"::error::{text}##[error]{text}"))):
        assert commands(said) == obeyed_by_a_terminal(said) == []
    content = [text, f"##[error]{text}"]
    assert json.loads(inert_json(json.dumps(content))) == content
    assert commands(inert_json(json.dumps(content))) == []


@pytest.mark.parametrize("text", ["", "a::b", "a: b", ":one", "# [x]", "[##]", "12:30::", "日本語 🏳️‍🌈"])
def test_plain_text_stays_what_it_is(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    door.tell(text)
    assert capsys.readouterr().out == f"{text}\n"


@each_text
def test_only_commands_of_our_own_make_leave_as_commands(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    own = annotations.command("error", text, 1, text, text)
    door.annotate(f"{own}\n{FORGED}\n{text}\n")
    said = capsys.readouterr().out
    assert set(commands(said)) == {"error"} <= OWN
    assert said.startswith("::error file=")
    assert len([line for line in said.splitlines() if line.lstrip().startswith("::")]) == 1
    assert "##[" not in said


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("│ \x1b[1;32mreleased\x1b[0m │", "│ \x1b[1;32mreleased\x1b[0m │"),
        ("\x1b[1m::error::x\x1b[0m", "\\x3a:error::x"),
        ("\x1b[1mx\x1b]0;title\x07\x1b[0m", "x\\x1b]0;title\\x07"),
        ("\x1b[1A\x1b[1mx", "\\x1b[1Ax"),
    ],
)
def test_paint_stays_only_where_the_text_under_it_is_harmless(line: str, shown: str) -> None:
    assert door.painted(line) == shown


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_what_a_stream_cannot_hold_is_written_as_an_escape(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    door.tell("│ ⏎")
    stream.flush()
    assert stream.buffer.getvalue() == b"\\u2502 \\u23ce\n"
