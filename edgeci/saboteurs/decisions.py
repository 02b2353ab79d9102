"""Lies told by verdicts: a candidate that was not judged on everything, or whose verdict is somebody else's."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from edgeci.gates.decision import decide
from edgeci.gates.judge import judge
from edgeci.saboteurs.honest import BASELINE, GATES, RECIPE, TARGET, candidate, caught, measurements
from edgeci.saboteurs.saboteur import Saboteur
from edgeci.stages.gate import exit_code
from edgeci.types import Verdict

Change = Callable[[list[Verdict]], list[Verdict]]


def saboteurs() -> Iterator[Saboteur]:
    """Every lie about verdicts and decisions."""
    for name, change in CHANGES.items():
        yield Saboteur("verdicts", name, decided(change))
    yield Saboteur("verdicts", "no candidate at all", nobody)
    yield Saboteur(
        "verdicts", "no decision at all", lambda folder: f"exit {exit_code([])!r}" if exit_code([]) else None
    )


def decided(change: Change) -> Callable[[Path], str | None]:
    return lambda folder: refusal(change(verdicts()))


def verdicts() -> list[Verdict]:
    return [judge(gate, RECIPE.id, TARGET.name, list(measurements().values())) for gate in GATES]


def refusal(judged: Sequence[Verdict]) -> str | None:
    return caught(decide(TARGET, [candidate()], GATES, judged, list(measurements().values()), ("latency_cpu",)))


def nobody(folder: Path) -> str | None:
    return caught(decide(TARGET, [], GATES, [], [], ("latency_cpu",)))


def put(index: int, **fields: object) -> Change:
    return lambda verdicts: [
        verdict.model_copy(update=fields) if place == index else verdict for place, verdict in enumerate(verdicts)
    ]


CHANGES: dict[str, Change] = {
    "a failed gate is not mentioned": lambda verdicts: verdicts[1:],
    "no gate is mentioned": lambda verdicts: [],
    "the verdict of the baseline": put(0, candidate=BASELINE.id),
    "the verdict of another target": put(1, target="server"),
    "a verdict on an easier gate": lambda verdicts: put(1, gate=verdicts[1].gate.model_copy(update={"limit": 1.0}))(
        verdicts
    ),
    "inconclusive counted as passed": put(1, outcome="inconclusive"),
    "broken counted as passed": put(2, outcome="broken"),
    "four of five passed": put(3, outcome="failed"),
}
