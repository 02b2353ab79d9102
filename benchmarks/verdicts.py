"""How often a verdict on a noisy runner is wrong: edgeci's rule and the usual ones, on the same real traces.

    python -m benchmarks.verdicts --seconds 600 --traces traces.jsonl --json verdicts.json
    python -m benchmarks.verdicts --seconds 60          # the short form: shows that it works, bounds stay wide

A real classifier (the packaged example) is timed against identical twins of itself and against real slower variants,
which compute an additional convolution, while neighbours that this program starts keep the machine busy. Each launch
loads all of them in fresh processes; each round takes one block of each, in random order. The recorded rounds are then
dealt out to decisions: each decision takes rounds from as many different launches as `edgeci benchmark` would, stops
when edgeci's rule stops, and no round is used by two decisions about the same variant. The other rules judge the very
rounds that edgeci's rule used. Decisions that share a launch share its offset, so the exact (Clopper-Pearson) bounds
are a little narrower than truly independent decisions would give.
"""

import argparse
import json
import math
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

from benchmarks.neighbours import neighbours
from edgeci.config import Limits
from edgeci.gates.ratio import sequential
from edgeci.isolation.process import Worker
from edgeci.measuring.sampling import BLOCK_MILLISECONDS, launches
from edgeci.statistics.intervals import share_bounds
from edgeci.types import DataSource, Items, Job, Recipe, Target, Tensor
from edgeci.work.timing import load, time_block

EXAMPLE = Path(__file__).parents[1] / "edgeci" / "quickstart"
LIMIT = 0.05
CHANNELS = {"+5 %": 64, "+10 %": 128, "+20 %": 256}
"""Channels of the additional 3x3 convolution; what they really cost is measured and printed."""
TWINS = ("twin 1", "twin 2")
ROUNDS = {"auto": 120, "none": 24}
"""Rounds of each priority in one launch."""
USUAL_ROUNDS = 16
"""About as much timed work as edgeci's decisions take on average."""
WAYS = (("sequential", 1), ("interleaved", 0))
"""What the usual rules are given of edgeci's rounds: the order, and the clock (wall 1, CPU 0)."""


@dataclass
class Launch:
    """One set of fresh processes. times[priority][variant] holds a (cpu_ms, wall_ms) median a round."""

    times: dict[str, dict[str, list[tuple[float, float]]]]
    cpu_seconds: float
    """CPU time to start and load one pair of processes."""
    taken: dict[tuple[str, str], int] = field(default_factory=dict)
    """Rounds already dealt out, by priority and variant."""


# Models ---------------------------------------------------------------------------------------------------------------


def slower(source: Path, channels: int, output: Path) -> None:
    """The same model with one more convolution, whose result is scaled to nothing and added to the scores."""
    import numpy as np
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(source)
    dice = np.random.default_rng(0)
    weights = {
        "extra.convolution": dice.normal(0, 0.05, (channels, 96, 3, 3)),
        "extra.dense": dice.normal(0, 1e-9, (channels, 10)),
        "extra.axes": np.array([2, 3]),
    }
    for name, value in weights.items():
        kind = np.int64 if name == "extra.axes" else np.float32
        model.graph.initializer.append(numpy_helper.from_array(value.astype(kind), name))
    model.graph.node[-1].output[0] = "scores"
    model.graph.node.extend(
        (
            helper.make_node("Conv", ["max_pool2d_1", "extra.convolution"], ["extra"], pads=[1, 1, 1, 1]),
            helper.make_node("ReduceMean", ["extra", "extra.axes"], ["extra.mean"], keepdims=0),
            helper.make_node("MatMul", ["extra.mean", "extra.dense"], ["extra.scores"]),
            helper.make_node("Add", ["scores", "extra.scores"], ["logits"]),
        )
    )
    onnx.checker.check_model(model)
    onnx.save(model, output)


def models(folder: Path) -> dict[str, Path]:
    """Every variant's file; the baseline and its twins are the same bytes."""
    original = EXAMPLE / "model.onnx"
    paths = {"baseline": original, **dict.fromkeys(TWINS, original)}
    for name, channels in CHANNELS.items():
        paths[name] = folder / f"{channels}.onnx"
        slower(original, channels, paths[name])
    return paths


def job_of(model: Path) -> Job:
    source = DataSource(path="evaluation.npz", slices="slices", scale=1 / 255)
    image = Tensor(name="image", dtype="float32", shape=("batch", 1, 28, 28))
    return Job(
        kind="tensors",
        model=str(model),
        recipe=Recipe(backend="onnxruntime", method="as-is"),
        target=Target(name="here"),
        items=Items(source=source, folder=str(EXAMPLE), tensors=(image,)),
    )


# Traces ---------------------------------------------------------------------------------------------------------------


def record(seconds: float, count: int, seed: int) -> Iterator[Launch]:
    """Launches, one after the other, with `count` busy neighbours, for so many seconds."""
    order = random.Random(seed)
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder, neighbours(count, seconds + 120, seed):
        paths = models(Path(folder))
        while time.monotonic() < end:
            yield record_launch(paths, order)


def record_launch(paths: dict[str, Path], order: random.Random) -> Launch:
    with ExitStack() as stack:
        workers = {name: stack.enter_context(Worker(Limits())) for name in paths}
        for name, worker in workers.items():
            worker.ask_held(load, job_of(paths[name]))
        cpu = [sum(cpu_seconds(workers[name].process.pid) for name in ("baseline", other)) for other in TWINS]
        times: dict[str, dict[str, list[tuple[float, float]]]] = {
            priority: {name: [] for name in paths} for priority in ROUNDS
        }
        schedule = [priority for priority, rounds in ROUNDS.items() for _ in range(rounds)]
        order.shuffle(schedule)
        for priority in schedule:
            names = list(paths)
            order.shuffle(names)
            for name in names:
                block = workers[name].ask_held(time_block, BLOCK_MILLISECONDS, priority)
                times[priority][name].append((median(block.cpu_ns) / 1e6, median(block.wall_ns) / 1e6))
    return Launch(times, fmean(cpu))


def cpu_seconds(process: int) -> float:
    """User and system time so far (proc(5), stat fields 14 and 15); Linux only."""
    import os

    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# Decisions ------------------------------------------------------------------------------------------------------------

Pair = tuple[float, float, float, float]
"""Baseline's CPU and wall time, candidate's CPU and wall time, ms."""


@dataclass(frozen=True)
class Decision:
    """What edgeci said, and everything it had seen by then; `history` are baseline levels of earlier launches."""

    outcome: str
    pairs: tuple[Pair, ...]
    launches: int
    cpu_seconds: float
    history: tuple[float, ...]


def decisions(recorded: Sequence[Launch], priority: str, variant: str, limit: float) -> Iterator[Decision]:
    """Deal the rounds out until there are too few left for another decision."""
    for launch in recorded:
        launch.taken[priority, variant] = 0
    while (decision := decide(recorded, priority, variant, limit)) is not None:
        yield decision


def decide(recorded: Sequence[Launch], priority: str, variant: str, limit: float) -> Decision | None:
    """One decision as `benchmark` takes it: rounds of fresh launches until the rule has its answer."""
    key = (priority, variant)
    pairs: list[Pair] = []
    used: list[int] = []
    for number, rounds in enumerate(launches(3)):
        free = [
            (launch.taken[key], index)
            for index, launch in enumerate(recorded)
            if index not in used and len(launch.times[priority][variant]) - launch.taken[key] >= rounds
        ]
        if not free:
            break
        _, index = min(free)
        used.append(index)
        pairs += take(recorded[index], priority, variant, rounds)
        if number < 2:
            continue
        outcome, *_ = sequential([math.log(ours / theirs) for theirs, _, ours, _ in pairs], math.log(1 + limit))
        if outcome != "inconclusive":
            break
    if len(used) < 3 or (outcome == "inconclusive" and len(pairs) < 60):
        return None  # the traces have run out, which is not an answer
    seconds = sum(recorded[index].cpu_seconds for index in used)
    history = tuple(
        fmean(wall for _, wall in launch.times[priority]["baseline"])
        for index, launch in enumerate(recorded)
        if index not in used
    )
    return Decision(outcome, tuple(pairs), len(used), seconds, history[:64])


def as_usually_run(recorded: Sequence[Launch], variant: str) -> Iterator[Decision]:
    """Ordinary priority, `USUAL_ROUNDS` rounds of one launch a decision, no interleaving: see `split`."""
    for launch in recorded:
        times = launch.times["none"]
        pairs = [(*theirs, *ours) for theirs, ours in zip(times["baseline"], times[variant], strict=True)]
        history = tuple(
            fmean(wall for _, wall in other.times["none"]["baseline"]) for other in recorded if other is not launch
        )
        for start in range(0, len(pairs) - USUAL_ROUNDS + 1, USUAL_ROUNDS):
            chosen = tuple(pairs[start : start + USUAL_ROUNDS])
            yield Decision("", chosen, 1, launch.cpu_seconds, history[:64])


def take(launch: Launch, priority: str, variant: str, rounds: int) -> list[Pair]:
    start = launch.taken[priority, variant]
    launch.taken[priority, variant] = start + rounds
    times = launch.times[priority]
    both = zip(times["baseline"][start : start + rounds], times[variant][start : start + rounds], strict=True)
    return [(*theirs, *ours) for theirs, ours in both]


# The usual rules: whether each would fail the candidate ---------------------------------------------------------------

Rule = Callable[[Sequence[float], Sequence[float], Sequence[float]], bool]
"""Baseline's and candidate's block times, and levels of earlier launches of the baseline."""


def mean_ratio(theirs: Sequence[float], ours: Sequence[float], history: Sequence[float]) -> bool:
    """The mean is more than 5 % worse: the comparison most scripts make."""
    return fmean(ours) > (1 + LIMIT) * fmean(theirs)


def minimum_ratio(theirs: Sequence[float], ours: Sequence[float], history: Sequence[float]) -> bool:
    """The best of N is more than 5 % worse."""
    return min(ours) > (1 + LIMIT) * min(theirs)


def mann_whitney(theirs: Sequence[float], ours: Sequence[float], history: Sequence[float]) -> bool:
    """google/benchmark's compare.py: two-sided U test at 0.05 over the repetitions; here a slower median fails."""
    from scipy.stats import mannwhitneyu

    return bool(mannwhitneyu(theirs, ours, alternative="two-sided").pvalue < 0.05 and median(ours) > median(theirs))


def alert_200(theirs: Sequence[float], ours: Sequence[float], history: Sequence[float]) -> bool:
    """github-action-benchmark's default `alert-threshold: 200%`."""
    return fmean(ours) > 2 * fmean(theirs)


def t_boundary(theirs: Sequence[float], ours: Sequence[float], history: Sequence[float]) -> bool:
    """bencher's t_test with an upper boundary of 0.99: today's value against the levels of up to 64 earlier runs."""
    from scipy.stats import t

    if len(history) < 2:
        return False
    return fmean(ours) > fmean(history) + float(t.ppf(0.99, len(history) - 1)) * stdev(history)


def welch(theirs: Sequence[float], ours: Sequence[float], history: Sequence[float]) -> bool:
    """Welch's t test, one-sided at 0.01, of today's blocks."""
    from scipy.stats import ttest_ind

    return bool(ttest_ind(ours, theirs, equal_var=False, alternative="greater").pvalue < 0.01)


RULES: dict[str, Rule] = {
    "mean ratio > 1.05": mean_ratio,
    "min ratio > 1.05": minimum_ratio,
    "Mann-Whitney 0.05 (google/benchmark)": mann_whitney,
    "mean ratio > 2 (github-action-benchmark)": alert_200,
    "t boundary 0.99 of earlier runs (bencher)": t_boundary,
    "Welch t 0.01": welch,
}


def split(decision: Decision, clock: int, order: str) -> tuple[list[float], list[float]]:
    """Block times of both. `sequential`: the baseline's first half of the rounds, then the candidate's second half."""
    theirs = [pair[clock] for pair in decision.pairs]
    ours = [pair[2 + clock] for pair in decision.pairs]
    half = len(theirs) // 2
    return (theirs[:half], ours[half:]) if order == "sequential" else (theirs, ours)


# The table ------------------------------------------------------------------------------------------------------------


def row(name: str, priority: str, failures: dict[str, list[bool]]) -> dict[str, Any]:
    """Shares of failed decisions with exact 95 % bounds: false on twins, right on slower variants."""
    cells: dict[str, Any] = {"rule": name, "priority": priority}
    for variant, failed in failures.items():
        count, total = sum(failed), len(failed)
        low, high = share_bounds(count, total) if total else (0.0, 1.0)
        cells[variant] = {"failed": count, "decisions": total, "lower": low, "upper": high}
    return cells


def evaluate(recorded: Sequence[Launch]) -> dict[str, Any]:
    ratios = {name: true_ratio(recorded, name) for name in (*TWINS, *CHANNELS)}
    rows: list[dict[str, Any]] = []
    edgeci: dict[str, Any] = {}
    for priority in ROUNDS:
        dealt = {name: list(decisions(recorded, priority, name, LIMIT)) for name in (*TWINS, *CHANNELS)}
        at_limit = list(decisions(recorded, priority, "+5 %", ratios["+5 %"] - 1))
        grouped = {"A/A": [each for twin in TWINS for each in dealt[twin]]} | {name: dealt[name] for name in CHANNELS}
        edgeci[priority] = {name: summary(decided) for name, decided in (grouped | {"at the limit": at_limit}).items()}
        judged = {name: [each.outcome == "failed" for each in decided] for name, decided in grouped.items()}
        rows.append(row("edgeci", priority, judged))
        if priority == "auto":
            given = grouped
    usual = {
        "A/A": [each for twin in TWINS for each in as_usually_run(recorded, twin)],
        **{name: list(as_usually_run(recorded, name)) for name in CHANNELS},
    }
    for name, rule in RULES.items():
        rows.append(row(f"{name}, as usually run", "none", apply(rule, usual, "sequential", 1)))
        rows += [
            row(f"{name}, {order} {('CPU', 'wall')[clock]}", "auto", apply(rule, given, order, clock))
            for order, clock in WAYS
            if rule is not t_boundary or clock == 1
        ]
    return {
        "launches": len(recorded),
        "ratios": ratios,
        "spread": {priority: spread(recorded, priority) for priority in ROUNDS},
        "edgeci": edgeci,
        "rules": rows,
    }


def apply(rule: Rule, given: dict[str, list[Decision]], order: str, clock: int) -> dict[str, list[bool]]:
    return {name: [rule(*split(each, clock, order), each.history) for each in dealt] for name, dealt in given.items()}


def true_ratio(recorded: Iterable[Launch], variant: str) -> float:
    """CPU time against the baseline over everything recorded at real-time priority: what the variant really costs."""
    return math.exp(median(log for launch in recorded for log in logs(launch, "auto", variant, 0)))


def logs(launch: Launch, priority: str, variant: str, clock: int) -> list[float]:
    times = launch.times[priority]
    return [
        math.log(ours[clock] / theirs[clock]) for theirs, ours in zip(times["baseline"], times[variant], strict=True)
    ]


def spread(recorded: Sequence[Launch], priority: str) -> dict[str, float]:
    """A/A: robust spread (1.48 MAD) of single pairs on both clocks, of the launches' medians, and the contention."""
    by_clock = {
        name: [log for launch in recorded for twin in TWINS for log in logs(launch, priority, twin, clock)]
        for clock, name in enumerate(("cpu", "wall"))
    }
    levels = [median(logs(launch, priority, twin, 0)) for launch in recorded for twin in TWINS]
    busy = [wall / cpu for launch in recorded for cpu, wall in launch.times[priority]["baseline"]]
    return {
        **{name: robust(values) for name, values in by_clock.items()},
        "launch": robust(levels),
        "contention": median(busy),
    }


def robust(values: Sequence[float]) -> float:
    middle = median(values)
    return 1.4826 * median(abs(value - middle) for value in values)


def summary(decided: Sequence[Decision]) -> dict[str, Any]:
    if not decided:
        return {"decisions": 0}
    timed = [2 * len(each.pairs) * BLOCK_MILLISECONDS / 1000 for each in decided]
    return {
        "decisions": len(decided),
        **{name: sum(each.outcome == name for each in decided) for name in ("passed", "failed", "inconclusive")},
        "mean_pairs": fmean(len(each.pairs) for each in decided),
        "mean_timed_seconds": fmean(timed),
        "mean_launches": fmean(each.launches for each in decided),
        "mean_cpu_seconds_with_launches": fmean(
            seconds + each.cpu_seconds for seconds, each in zip(timed, decided, strict=True)
        ),
    }


def table(result: dict[str, Any]) -> str:
    """Markdown, for docs/benchmarks.md."""
    variants = ("A/A", *CHANNELS)
    lines = [
        f"{result['launches']} launches; true CPU ratios: "
        + ", ".join(f"{name} {ratio:.4f}" for name, ratio in result["ratios"].items()),
        "",
        "| priority | pair spread CPU | wall | between launches | contention |",
        "|---|---|---|---|---|",
        *(
            f"| {priority} | {spreads['cpu']:.2%} | {spreads['wall']:.2%} | {spreads['launch']:.2%} "
            f"| {spreads['contention']:.3f} |"
            for priority, spreads in result["spread"].items()
        ),
        "",
        "| edgeci, priority | variant | decisions | passed | failed | inconclusive "
        "| pairs | timed s | CPU s with launches |",
        "|---|---|---|---|---|---|---|---|---|",
        *(
            f"| {priority} | {name} | {numbers['decisions']} | {numbers['passed']} | {numbers['failed']} "
            f"| {numbers['inconclusive']} | {numbers['mean_pairs']:.0f} | {numbers['mean_timed_seconds']:.2f} "
            f"| {numbers['mean_cpu_seconds_with_launches']:.1f} |"
            for priority, by_variant in result["edgeci"].items()
            for name, numbers in by_variant.items()
            if numbers["decisions"]
        ),
        "",
        f"| failed by, priority | rule | {' | '.join(variants)} |",
        "|---|---|" + "---|" * len(variants),
        *(
            f"| {each['priority']} | {each['rule']} | {' | '.join(cell(each[name]) for name in variants)} |"
            for each in result["rules"]
        ),
    ]
    return "\n".join(lines)


def cell(numbers: dict[str, Any]) -> str:
    if not numbers["decisions"]:
        return "-"
    share = numbers["failed"] / numbers["decisions"]
    return f"{share:.1%} ({numbers['lower']:.1%}..{numbers['upper']:.1%})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600, help="Record for so long; 0 judges --traces only.")
    parser.add_argument("--neighbours", type=int, default=4, help="Busy processes besides.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--traces", type=Path, help="JSON lines that earlier launches are read from and new ones added to."
    )
    parser.add_argument("--json", type=Path, help="Write the numbers here.")
    options = parser.parse_args()
    recorded = read(options.traces)
    if options.seconds > 0:
        for launch in record(options.seconds, options.neighbours, options.seed + len(recorded)):
            recorded.append(launch)
            if options.traces:
                with options.traces.open("a") as stream:
                    stream.write(json.dumps({"times": launch.times, "cpu_seconds": launch.cpu_seconds}) + "\n")
            print(f"{len(recorded)} launches", file=sys.stderr)
    result = evaluate(recorded)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))
    print(table(result))


def read(path: Path | None) -> list[Launch]:
    if path is None or not path.exists():
        return []
    return [Launch(**json.loads(line)) for line in path.read_text().splitlines()]


if __name__ == "__main__":
    main()
