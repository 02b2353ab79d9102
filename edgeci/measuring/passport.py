"""What a timing on a machine is worth, from timings of models whose answer is known; and the gates that it serves."""

import math
from collections.abc import Iterator, Sequence
from statistics import NormalDist, fmean, median

from edgeci.config import Budget
from edgeci.errors import ConfigError
from edgeci.gates.ratio import BUSIEST, sequential
from edgeci.hardware.facts import facts
from edgeci.hardware.fingerprint import fingerprint
from edgeci.measuring.sampling import BLOCK_MILLISECONDS, Trace, launches
from edgeci.statistics.intervals import ERROR_BUDGET, FIRST_LOOK, LOOKS, share_bounds, spent
from edgeci.types import Fact, Gate, Outcome, Passport
from edgeci.workbench.project import Project

POWER = 0.95


USUAL = Gate(rule="regression", metric="latency_cpu", limit=0.05, name="the usual 5 % gate")


WALL_METRICS = ("latency_wall", "throughput")


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
        reasons = [
            f"{project.loaded.path}:{gate.line}: {reason}"
            for gate, reason in objections(passport, project.loaded.gates)
            if gate is not None
        ]
        if reasons:
            raise ConfigError("\n".join(reasons))
