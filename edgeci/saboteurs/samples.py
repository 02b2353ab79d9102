"""Lies told by numbers: each changes one honest measurement, or one gate, and asks for a decision."""

import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from edgeci.saboteurs.honest import GATES, caught, decision, measurements
from edgeci.saboteurs.saboteur import Saboteur
from edgeci.types import Conditions, Gate, Measurement

Change = Callable[[Measurement], Measurement]


def saboteurs() -> Iterator[Saboteur]:
    """Every lie about samples and about what is demanded of them."""
    for name, (metric, change) in CHANGES.items():
        yield Saboteur("samples", name, changed(metric, change))
    for metric in ("accuracy", "latency_cpu", "throughput", "peak_memory", "size"):
        yield Saboteur("samples", f"{metric} is missing", without(metric))
    yield Saboteur("samples", "the best of two measurements is picked", measured_twice)
    for name, gate in DEMANDS.items():
        yield Saboteur("demands", name, demanding(gate))
    yield Saboteur("demands", "nothing is demanded", lambda folder: caught(decision(honest(), gates=())))


def honest() -> list[Measurement]:
    return list(measurements().values())


def changed(metric: str, change: Change) -> Callable[[Path], str | None]:
    def attempt(folder: Path) -> str | None:
        originals = measurements()
        return caught(decision(list((originals | {metric: change(originals[metric])}).values())))

    return attempt


def without(metric: str) -> Callable[[Path], str | None]:
    return lambda folder: caught(decision([each for each in honest() if each.metric != metric]))


def measured_twice(folder: Path) -> str | None:
    fast = measurements()["latency_cpu"]
    slow = fast.model_copy(update={"samples": fast.reference})
    return caught(decision([*honest(), slow]))


def demanding(gate: Gate) -> Callable[[Path], str | None]:
    return lambda folder: caught(decision(honest(), gates=(*GATES, gate)))


def put(**fields: object) -> Change:
    """Replace fields of a measurement."""
    return lambda measurement: measurement.model_copy(update=fields)


def first(number: float) -> Change:
    """Replace the first sample."""
    return lambda measurement: measurement.model_copy(update={"samples": (number, *measurement.samples[1:])})


def first_reference(number: float) -> Change:
    return lambda measurement: measurement.model_copy(update={"reference": (number, *measurement.reference[1:])})


def every(number: float) -> Change:
    return lambda measurement: measurement.model_copy(update={"samples": (number,) * len(measurement.samples)})


def keep(count: int) -> Change:
    """Only the first items or rounds, in every series."""
    return lambda measurement: measurement.model_copy(
        update={
            "samples": measurement.samples[:count],
            "reference": measurement.reference[:count],
            "labels": measurement.labels[:count],
        }
    )


def scaled(factor: float) -> Change:
    return lambda measurement: measurement.model_copy(
        update={"samples": tuple(factor * each for each in measurement.samples)}
    )


def noisy(measurement: Measurement) -> Measurement:
    """As fast on average as the limit, give or take half."""
    generator = random.Random(2)  # noqa: S311 - noise, not a secret
    samples = tuple(theirs / 2 * math.exp(generator.gauss(0, 0.5)) for theirs in measurement.reference)
    return measurement.model_copy(update={"samples": samples})


def shuffled_labels(measurement: Measurement) -> Measurement:
    labels = list(measurement.labels)
    random.Random(3).shuffle(labels)  # noqa: S311
    return measurement.model_copy(update={"labels": tuple(labels)})


def mostly_wrong(measurement: Measurement) -> Measurement:
    """Every tenth right answer becomes a wrong one: 90 % of the baseline's accuracy, asked for 95 %."""
    samples = tuple((each + 3) % 10 if index % 10 == 1 else each for index, each in enumerate(measurement.samples))
    return measurement.model_copy(update={"samples": samples})


def just_above(measurement: Measurement) -> Measurement:
    """A point estimate of 95.3 % of the baseline on 64 items, which a share of 90 % reaches often enough."""
    few = keep(64)(measurement)
    samples = tuple((each + 3) % 10 if index in (2, 13, 31) else each for index, each in enumerate(few.samples))
    return few.model_copy(update={"samples": samples})


def unknown_label(measurement: Measurement) -> Measurement:
    return measurement.model_copy(update={"labels": (math.nan, *measurement.labels[1:])})


def fewer_labels(measurement: Measurement) -> Measurement:
    return measurement.model_copy(update={"labels": measurement.labels[:-1]})


def fewer_references(measurement: Measurement) -> Measurement:
    return measurement.model_copy(update={"reference": measurement.reference[:-1]})


def ignorant_baseline(measurement: Measurement) -> Measurement:
    """The class after the right one, always."""
    return measurement.model_copy(update={"reference": tuple((label + 1) % 10 for label in measurement.labels)})


def in_seconds(measurement: Measurement) -> Measurement:
    return put(unit="s")(scaled(1e-3)(measurement))


CHANGES: dict[str, tuple[str, Change]] = {
    "a latency is NaN": ("latency_cpu", first(math.nan)),
    "a latency is infinite": ("latency_cpu", first(math.inf)),
    "a latency is minus infinity": ("latency_cpu", first(-math.inf)),
    "a latency of the baseline is NaN": ("latency_cpu", first_reference(math.nan)),
    "a latency of the baseline is infinite": ("latency_cpu", first_reference(math.inf)),
    "a prediction is NaN": ("accuracy", first(math.nan)),
    "a label is NaN": ("accuracy", unknown_label),
    "a memory peak is NaN": ("peak_memory", first(math.nan)),
    "a size is NaN": ("size", first(math.nan)),
    "a stub answers in no time": ("latency_cpu", every(0.0)),
    "a clock runs backwards": ("latency_cpu", every(-1.0)),
    "an infinite throughput": ("throughput", every(math.inf)),
    "memory of the wrong process: none": ("peak_memory", every(0.0)),
    "memory of the wrong process: less than nothing": ("peak_memory", every(-30.0)),
    "memory processes that disagree": ("peak_memory", put(samples=(2.0, 9.0, 2.0))),
    "an empty model has no size": ("size", every(0.0)),
    "no latency samples": ("latency_cpu", put(samples=(), reference=())),
    "no predictions": ("accuracy", put(samples=(), reference=(), labels=())),
    "one latency sample": ("latency_cpu", keep(1)),
    "eleven rounds, before the first look": ("latency_cpu", keep(11)),
    "an evaluation of one item": ("accuracy", keep(1)),
    "an evaluation of 63 items": ("accuracy", keep(63)),
    "a lucky point estimate on 64 items": ("accuracy", just_above),
    "a tenth of the right answers lost": ("accuracy", mostly_wrong),
    "always the same class": ("accuracy", every(3.0)),
    "swapped labels": ("accuracy", shuffled_labels),
    "no labels": ("accuracy", put(labels=())),
    "fewer labels than items": ("accuracy", fewer_labels),
    "no baseline latencies": ("latency_cpu", put(reference=())),
    "fewer baseline rounds": ("latency_cpu", fewer_references),
    "no baseline predictions": ("accuracy", put(reference=())),
    "a baseline that knows nothing": ("accuracy", ignorant_baseline),
    "no baseline memory": ("peak_memory", put(reference=())),
    "seconds recorded as milliseconds": ("latency_cpu", in_seconds),
    "bytes recorded as megabytes": ("size", put(unit="bytes")),
    "higher latency called better": ("latency_cpu", put(better="higher")),
    "lower accuracy called better": ("accuracy", put(better="lower")),
    "a throughput in which lower is better": ("throughput", put(better="lower")),
    "noise across the limit": ("latency_cpu", noisy),
    "slower than demanded": ("latency_cpu", scaled(2.0)),
    "the samples of another candidate": ("latency_cpu", put(candidate="onnxruntime-as-is-00000000")),
    "the samples of another target": ("latency_cpu", put(target="server")),
    "the samples against another baseline": ("latency_cpu", put(against="release")),
    "an unknown metric's samples": ("latency_cpu", put(metric="latency_guess")),
    "wall time on a busy machine": ("throughput", put(conditions=Conditions(threads=1, contention=1.6))),
}  # fmt: skip

DEMANDS: dict[str, Gate] = {
    "a limit that is NaN": Gate.model_construct(rule="speed-up", metric="latency_cpu", limit=math.nan),
    "a limit that is infinite": Gate.model_construct(rule="at-most", metric="size", limit=math.inf),
    "a rule that does not exist": Gate(rule="faster", metric="latency_cpu", limit=2.0),
    "a metric that does not exist": Gate(rule="at-most", metric="goodness", limit=1.0),
    "a metric nobody measured": Gate(rule="at-most", metric="load_time", limit=1e9),
    "a baseline nobody measured": Gate(rule="regression", metric="latency_cpu", limit=0.05, against="base"),
    "a limit just out of reach": Gate(rule="speed-up", metric="latency_cpu", limit=3.5),
    "Q8 is half of float16": Gate(rule="reduction", metric="size", limit=0.75),
    "points and shares mixed up": Gate(rule="at-least", metric="accuracy", limit=95.0),
}
"""Each is demanded besides the honest gates."""
