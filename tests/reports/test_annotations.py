"""Workflow commands, read back the way GitHub's runner reads them."""

import re
from dataclasses import dataclass

import pytest
from hypothesis import given, settings

from edgeci.reports import annotations
from edgeci.reports.characters import visible
from edgeci.types import Recipe
from tests import builders
from tests.reports.hostile import ANY_TEXT, HOSTILE


@dataclass(frozen=True)
class Command:
    level: str
    properties: dict[str, str]
    message: str


def parse(text: str) -> list[Command]:
    """As actions/runner: command up to the second `::`, properties by comma, then the escapes undone."""
    commands = []
    for line in text.splitlines():
        match = re.fullmatch(r"::(error|warning|notice) (.*?)::(.*)", line)
        assert match, line
        given = dict(pair.split("=", 1) for pair in match[2].split(","))
        assert given.keys() <= {"file", "line", "title"}
        properties = {name: unescape(value, {"%2C": ",", "%3A": ":"}) for name, value in given.items()}
        commands.append(Command(match[1], properties, unescape(match[3], {})))
    return commands


def unescape(text: str, more: dict[str, str]) -> str:
    for code, character in {**more, "%0D": "\r", "%0A": "\n", "%25": "%"}.items():
        text = text.replace(code, character)
    return text


def levels(text: str) -> list[str]:
    return [command.level for command in parse(text)]


def test_beside_a_winner_there_are_only_notices() -> None:
    commands = parse(annotations.render(builders.evidence()))
    assert {command.level for command in commands} == {"notice"}
    assert commands[0].message == "raspberry-pi: onnxruntime int8-static is released: passed all 3 gates"


def test_without_a_winner_failed_is_an_error_and_undecided_a_warning() -> None:
    commands = parse(annotations.render(builders.without_winner()))
    assert {(command.level, command.properties["title"]) for command in commands} == {
        ("error", "edgeci: raspberry-pi"),
        ("error", "raspberry-pi: latency_cpu speed-up failed"),
        ("error", "raspberry-pi: accuracy retained failed"),
        ("warning", "raspberry-pi: latency_cpu speed-up inconclusive"),
    }


def test_they_stand_on_the_line_that_demands_the_gate() -> None:
    command = parse(annotations.render(builders.without_winner()))[1]
    assert (command.properties["file"], command.properties["line"]) == ("edgeci.yaml", "21")


def test_a_gate_without_a_line_is_put_on_the_file() -> None:
    gate = builders.SPEED_UP.model_copy(update={"line": None})
    unplaced = builders.evidence(verdicts=(builders.verdict(gate, outcome="failed"),))
    assert "line" not in parse(annotations.render(unplaced))[-1].properties


def test_a_target_without_an_answer_is_an_error() -> None:
    assert levels(annotations.render(builders.evidence(verdicts=()))) == ["error"]


@pytest.mark.parametrize("count", [9, 10, 11, 300])
def test_at_most_ten_of_a_level_and_the_last_tells_of_the_rest(count: int) -> None:
    recipes = [Recipe(backend="onnxruntime", method="m", options={"number": number}) for number in range(count - 1)]
    verdicts = tuple(builders.verdict(recipe=recipe, outcome="failed") for recipe in recipes)
    commands = parse(annotations.render(builders.evidence(verdicts=verdicts, decisions=(builders.decision(None),))))
    assert len(commands) == min(count, 10)
    assert commands[0].properties["title"] == "edgeci: raspberry-pi"
    if count > 10:
        assert commands[-1].message == f"{count - 9} more of these; the job summary has them all"


@pytest.mark.parametrize("text", [*HOSTILE, "a\rb"])
def test_hostile_text_comes_out_as_itself(text: str) -> None:
    commands = parse(annotations.render(builders.hostile_evidence(text)))
    shown = "\r".join(visible(part) for part in text.split("\r"))
    assert any(command.message.endswith(f": {shown}") for command in commands)


@settings(max_examples=150, deadline=None)
@given(ANY_TEXT)
def test_no_text_starts_a_command_of_its_own(text: str) -> None:
    assert len(parse(annotations.render(builders.hostile_evidence(text)))) == 2
