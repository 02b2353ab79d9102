"""runner check: what a timing on this machine is worth, found out by timing things whose answer is known.

A model against its twin must never fail, and a model with 10 % more work must. Both go through the same sampling and
the same rule as `benchmark`. What comes out is the runner's passport: the smallest regression it can tell from noise.
A gate with a lower limit would be decided by chance, so `benchmark` refuses it.
"""

import math
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import NormalDist, fmean, median

from edgeci.backends.registry import missing_imports
from edgeci.config import Budget, Limits
from edgeci.errors import BackendMissing, ConfigError
from edgeci.gates.ratio import BUSIEST, sequential
from edgeci.hardware import yardstick
from edgeci.hardware.facts import facts
from edgeci.hardware.fingerprint import fingerprint
from edgeci.holding import held
from edgeci.isolation.process import ask_once
from edgeci.stages.project import Project, Say, open_project, tracked, workspace_at
from edgeci.stages.sampling import BLOCK_MILLISECONDS, Side, Trace, launches, run_launch
from edgeci.statistics.intervals import ERROR_BUDGET, FIRST_LOOK, LOOKS, share_bounds, spent
from edgeci.types import Fact, Gate, Outcome, Passport, Recipe, Target

BACKEND = "onnxruntime"
RUNGS = (10, 11)
"""Eleven equal convolutions are 10 % more work than ten."""
ROUNDS = 36
"""Pairs of one launch."""
FEWEST_LAUNCHES = 3
POWER = 0.95
USUAL = Gate(rule="regression", metric="latency_cpu", limit=0.05, name="the usual 5 % gate")
WALL_METRICS = ("latency_wall", "throughput")


def check(config: Path, folder: Path, seconds: float, say: Say) -> tuple[Passport, tuple[Gate, ...]]:
    """Write passport.json; return it with the gates that the runner must serve.

    Raises:
        ConfigError: the configuration is wrong. None is needed.
        BackendMissing: ONNX Runtime is not installed.
        BackendFailed: it does not run here.
    """
    budget, workspace = Budget(), workspace_at(folder, say)
    gates: tuple[Gate, ...] = (USUAL,)
    if config.exists():
        loaded = open_project(config, folder, say).loaded
        budget = loaded.config.budget
        gates = tuple(gate for gate in loaded.gates if gate.rule == "regression") or gates
    require(BACKEND)
    with held(workspace, tracked):
        passport = derive(*collect(seconds, budget, say), budget, facts())
        workspace.write("passport", [passport], Passport)
    return passport, gates


def require(backend: str) -> None:
    if missing := missing_imports(backend):
        raise BackendMissing(f"no {', '.join(missing)} here to time; `pip install 'edgeci[{backend}]'`")


def side(folder: Path, rungs: int) -> Side:
    return Side(
        sys.executable,
        {
            "model": str(folder / str(rungs) / "model.onnx"),
            "recipe": Recipe(backend=BACKEND, method="as-is").model_dump(),
            "target": Target(name="runner").model_dump(),
            "source": {"path": "items.npz"},
            "folder": str(folder),
            "tensors": [yardstick.TENSOR],
        },
    )


def collect(seconds: float, budget: Budget, say: Say) -> tuple[list[Trace], list[Trace]]:
    """Traces of the usual model against its twin, and against the slower one."""
    with tempfile.TemporaryDirectory(prefix="edgeci-yardstick-") as folder:
        ask_once("edgeci.hardware.yardstick:write", Limits(), folder=folder, rungs=list(RUNGS))
        usual, slower = (side(Path(folder), rungs) for rungs in RUNGS)
        return take_turns(usual, slower, seconds, budget, say)


def take_turns(usual: Side, slower: Side, seconds: float, budget: Budget, say: Say) -> tuple[list[Trace], list[Trace]]:
    """A trace a launch, of the usual model against its twin and against the slower one in turn."""
    equal: list[Trace] = []
    slow: list[Trace] = []
    order = random.Random(budget.seed)  # noqa: S311 - an order to be repeated, not a secret
    started = time.monotonic()
    while time.monotonic() - started < seconds or len(slow) < FEWEST_LAUNCHES:
        for other, traces in ((usual, equal), (slower, slow)):
            before, trace = time.monotonic(), Trace()
            run_launch(usual, other, Limits(), budget.priority, ROUNDS, order, trace)
            trace.seconds = time.monotonic() - before
            traces.append(trace)
        say(f"  {len(slow)} launches of each, {time.monotonic() - started:.0f} s of {seconds:.0f} s")
    return equal, slow


def derive(equal: Sequence[Trace], slow: Sequence[Trace], budget: Budget, known: Sequence[Fact]) -> Passport:
    """The passport that these traces prove."""
    twins = list(decisions(dealt(equal, "cpu"), USUAL.limit))
    others = list(decisions(dealt(slow, "cpu"), USUAL.limit))
    look = last_look([*equal, *slow], budget)
    return Passport(
        fingerprint=fingerprint(known),
        facts=tuple(known),
        decisions=len(twins),
        false_alarms=twins.count("failed"),
        slower_decisions=len(others),
        detected=others.count("failed"),
        slower_by=math.exp(median(dealt(slow, "cpu"))) - 1,
        budget_seconds=budget.seconds,
        pairs=LOOKS[look],
        resolution_cpu=resolution(dealt(equal, "cpu"), look),
        resolution_wall=resolution(dealt(equal, "wall"), look),
        contention=median(trace.contention for trace in (*equal, *slow)),
        scheduling="; ".join(sorted({name for trace in (*equal, *slow) for name in trace.scheduling})),
    )


def dealt(traces: Sequence[Trace], clock: str) -> list[float]:
    """Log ratios of all pairs, one of each launch in turn: any few of them in a row come from several launches."""
    columns = [
        [
            math.log(ours / theirs)
            for ours, theirs in zip(getattr(trace, clock), getattr(trace, f"reference_{clock}"), strict=True)
        ]
        for trace in traces
    ]
    return [log for row in zip(*columns, strict=True) for log in row]


def decisions(pairs: Sequence[float], limit: float) -> Iterator[Outcome]:
    """What the regression gate says, again and again, each time on pairs that no other answer has used."""
    start = 0
    for end in range(FIRST_LOOK, len(pairs) + 1):
        if end - start in LOOKS:
            outcome, *_ = sequential(list(pairs[start:end]), math.log(1 + limit))
            if outcome != "inconclusive":
                yield outcome
                start = end
    if len(pairs) - start >= 2 * FIRST_LOOK:
        yield "inconclusive"


def last_look(traces: Sequence[Trace], budget: Budget) -> int:
    """Index of the last look that a benchmark reaches within its budget, at the speed seen here."""
    pair_seconds = 2 * BLOCK_MILLISECONDS / 1000
    launch_seconds = max(0.0, fmean(trace.seconds - len(trace.cpu) * pair_seconds for trace in traces))
    elapsed, count, reached = 0.0, 0, 0
    for rounds in launches(budget.launches):
        elapsed += launch_seconds + rounds * pair_seconds
        count += rounds
        if count in LOOKS:
            reached = LOOKS.index(count)
            if elapsed > budget.seconds:
                break
    return reached


def resolution(logs: Sequence[float], look: int) -> float:
    """The minimum detectable effect: how far from the limit a change must be to be told from it, as a share.

    exp((z_look + z_power) x 1.2533 x sigma / sqrt(n)) - 1, where sigma is the robust spread (1.4826 x MAD) of the A/A
    pairs' log ratios, 1.2533 sigma / sqrt(n) the standard error of a median of n, z_look the quantile of the look's
    share of the error budget, and z_power that of finding it in 95 % of the cases.
    """
    middle = median(logs)
    sigma = 1.4826 * median(abs(log - middle) for log in logs)
    normal = NormalDist()
    quantiles = normal.inv_cdf(1 - spent(look) / 2) + normal.inv_cdf(POWER)
    return math.exp(quantiles * math.sqrt(math.pi / 2) * sigma / math.sqrt(LOOKS[look])) - 1


def objections(passport: Passport, gates: Sequence[Gate]) -> Iterator[tuple[Gate | None, str]]:
    """Why this runner cannot serve these gates: the gate (None: any) and the sentence."""
    if share_bounds(passport.false_alarms, passport.decisions)[0] > ERROR_BUDGET:
        yield None, f"{passport.false_alarms} of {passport.decisions} decisions failed a model against itself"
    for gate in gates:
        if gate.rule != "regression" or gate.metric not in ("latency_cpu", *WALL_METRICS):
            continue
        on_wall = gate.metric in WALL_METRICS
        finest = passport.resolution_wall if on_wall else passport.resolution_cpu
        if gate.limit < finest:
            yield (
                gate,
                f"{gate.title}: limit {gate.limit:.1%} is below what this runner can tell from noise, {finest:.1%} in "
                f"{passport.budget_seconds:g} s; raise the limit or budget.seconds, or use a quieter runner",
            )
        elif on_wall and passport.contention > BUSIEST:
            yield (
                gate,
                f"{gate.title}: other work makes wall time {passport.contention:.2f}x CPU time here; "
                "gate on latency_cpu, or free the runner",
            )


def refuse_unresolvable(project: Project) -> None:
    """Where the workspace holds this machine's passport, hold the configuration to it.

    Raises:
        ConfigError: a limit below the runner's resolution, with its line.
    """
    for passport in project.workspace.read_or_empty("passport", Passport):
        if passport.fingerprint != fingerprint(facts()):
            project.say("passport.json is another machine's: ignored; `edgeci runner check` makes this one's")
            continue
        found = [
            f"{project.loaded.path}:{gate.line}: {reason}"
            for gate, reason in objections(passport, project.loaded.gates)
            if gate is not None
        ]
        if found:
            raise ConfigError("\n".join(found))
