import pytest
from hypothesis import given, settings

from edgeci.reports import terminal
from edgeci.reports.characters import inert_inside, one_line
from tests import builders
from tests.reports.hostile import ANY_TEXT, HOSTILE

BORDERS = "╭│╰"


def test_every_candidate_has_its_numbers_and_its_verdict() -> None:
    text = terminal.render(builders.evidence(), width=140)
    (winner,) = [line for line in text.splitlines() if "★" in line]
    for part in ("onnxruntime int8-static", "90.2 %", "2.41x", "0.44 MB", "6.30 MB, 57 % less", "passed"):
        assert part in winner
    assert "onnxruntime as-is (baseline)" in text


def test_underneath_stands_why_the_losers_lost() -> None:
    text = terminal.render(builders.evidence(), width=140)
    assert text.index("Why the others lost") < text.index("limit 95 %") < text.index("Recipes that gave no candidate")


def test_what_was_not_measured_reads_not_available() -> None:
    text = terminal.render(builders.evidence(measurements=()), width=140)
    assert "n/a" in text
    assert " 0.00x" not in text


def test_without_a_winner_or_an_answer_it_says_so() -> None:
    assert "Nothing is released" in terminal.render(builders.without_winner())
    assert "No answer: no candidate was judged" in terminal.render(builders.evidence(verdicts=()))


def test_no_color_unless_asked() -> None:
    assert "\x1b" not in terminal.render(builders.evidence())
    assert "\x1b[" in terminal.render(builders.evidence(), color=True)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_it_keeps_to_the_width(width: int) -> None:
    assert max(map(len, terminal.render(builders.evidence(), width=width).splitlines())) <= width


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_out_as_itself(text: str) -> None:
    shown = terminal.render(builders.hostile_evidence(text), width=1000)
    assert inert_inside(one_line(text)) in shown


@settings(max_examples=60, deadline=None)
@given(ANY_TEXT)
def test_no_text_can_start_a_line_and_so_become_a_workflow_command(text: str) -> None:
    shown = terminal.render(builders.hostile_evidence(f"::error::{text}##[error]{text}"), width=60)
    assert all(line[0] in BORDERS for line in shown.splitlines())
    assert "##[" not in shown
    assert "\x1b" not in shown
