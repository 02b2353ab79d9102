"""The honest original that saboteurs change: a candidate that passes every gate on well-behaved samples."""

import math
import random

from edgeci.gates.decision import decide
from edgeci.gates.judge import judge
from edgeci.hardware.fingerprint import fingerprint
from edgeci.metrics import METRICS
from edgeci.types import Candidate, Conditions, Decision, Fact, File, Gate, Measurement, Recipe, Target

TARGET = Target(name="cpu")
RECIPE = Recipe(backend="onnxruntime", method="int8-static")
BASELINE = Recipe(backend="onnxruntime", method="as-is")
HARDWARE = (Fact(name="architecture", value="x86_64", source="uname"), Fact(name="cpus", value=2, source="kernel"))
GATES = (
    Gate(rule="retained", metric="accuracy", limit=0.95),
    Gate(rule="speed-up", metric="latency_cpu", limit=2.0),
    Gate(rule="speed-up", metric="throughput", limit=2.0),
    Gate(rule="reduction", metric="peak_memory", limit=0.5),
    Gate(rule="at-most", metric="size", limit=1.0),
)
ROUNDS, ITEMS = 18, 400


def candidate(recipe: Recipe = RECIPE) -> Candidate:
    file = File(path="model.onnx", sha256="0" * 64, size_bytes=700_000)
    return Candidate(
        recipe=recipe, main="model.onnx", files=(file,), key="k", seconds=1.0, versions={}, precision="int8 100%"
    )


def measurement(
    metric: str, samples: list[float], reference: list[float], labels: tuple[float, ...] = ()
) -> Measurement:
    return Measurement(
        candidate=RECIPE.id,
        target=TARGET.name,
        metric=metric,
        unit=METRICS[metric].unit,
        better=METRICS[metric].better,
        samples=tuple(samples),
        baseline=BASELINE.id,
        reference=tuple(reference),
        conditions=Conditions(threads=1, contention=1.01, machine=fingerprint(HARDWARE)),
        labels=labels,
    )


def measurements() -> dict[str, Measurement]:
    """By metric: three times as fast, a quarter of the memory, two of 400 items lost."""
    generator = random.Random(1)  # noqa: S311 - noise, not a secret
    theirs = [10 * math.exp(generator.gauss(0, 0.01)) for _ in range(ROUNDS)]
    ours = [value / 3 * math.exp(generator.gauss(0, 0.01)) for value in theirs]
    labels = [float(index % 10) for index in range(ITEMS)]
    right = [label if index % 20 else (label + 1) % 10 for index, label in enumerate(labels)]
    predicted = [(label + 2) % 10 if index in (7, 77) else label for index, label in enumerate(right)]
    taken = (
        measurement("accuracy", predicted, right, labels=tuple(labels)),
        measurement("latency_cpu", ours, theirs),
        measurement("throughput", [1e3 / value for value in ours], [1e3 / value for value in theirs]),
        measurement("peak_memory", [2.5, 2.6, 2.5], [10.0, 10.1, 10.0]),
        measurement("size", [0.7], [2.6]),
    )
    return {each.metric: each for each in taken}


def decision(
    taken: list[Measurement], gates: tuple[Gate, ...] = GATES, candidates: tuple[Candidate, ...] = (candidate(),)
) -> Decision:
    """What the gates and the decision make of these measurements."""
    verdicts = [judge(gate, each.recipe.id, TARGET.name, taken) for each in candidates for gate in gates]
    return decide(TARGET, candidates, gates, verdicts, taken, ("latency_cpu",))


def caught(decided: Decision) -> str | None:
    """How a decision refused, or None where it let the candidate pass."""
    if decided.outcome == "passed":
        return None
    return f"{decided.outcome}: {'; '.join(decided.losers.values()) or decided.reason}"
