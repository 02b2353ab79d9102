"""benchmark: measure every candidate against its baselines on the same target, in processes of its own.

Quality first (an unusable model need not be timed precisely), then memory, then the paired timings, which stop when
every timing gate has its answer. Each candidate's measurements are stored as soon as they are there.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from edgeci.errors import BackendFailed, ConfigError, EdgeciError
from edgeci.measuring.bench import TIMINGS, Bench
from edgeci.measuring.cores import refuse_missing_cores, tell_shared_cores
from edgeci.measuring.endurance import endurance
from edgeci.measuring.memory import peak_memory, size
from edgeci.measuring.pair import Pair
from edgeci.measuring.passport import refuse_unresolvable
from edgeci.measuring.quality import quality
from edgeci.measuring.timings import suffices, timings
from edgeci.types import Against, Assessment, Candidate, Measurement, Planned, Target
from edgeci.workbench.contender import Contender
from edgeci.workbench.project import Project, baseline_recipe

Opponent = Callable[[Target, Candidate], Contender]
"""The base's or the release's counterpart of a candidate; raises BackendFailed where there is none."""


def benchmark(project: Project, opponents: Mapping[Against, Opponent] = {}) -> list[Measurement]:
    """Write measurements.json: each candidate against the unoptimized model, and against each opponent.

    Raises:
        WorkspaceError: `optimize` has not run.
        ConfigError: a gate against a baseline that is not there, or with a limit below what the runner can tell, or
            threads without cores.
    """
    refuse_missing_opponents(project, opponents)
    refuse_missing_cores(project)
    refuse_unresolvable(project)
    workspace = project.workspace
    assessment = workspace.read("assessment", Assessment, "assess")[0]
    planned = workspace.read("plan", Planned, "plan")
    candidates = {each.recipe.id: each for each in workspace.read("candidates", Candidate, "optimize")}
    measured: dict[str | None, list[Measurement]] = defaultdict(list)
    for measurement in workspace.read_or_empty("measurements", Measurement):
        measured[measurement.conditions.key].append(measurement)
    kept: list[Measurement] = []
    for target in project.targets:

        def contender(candidate: Candidate, target: Target = target) -> Contender:
            return Contender(project, target, assessment, candidate, workspace.candidates / candidate.recipe.id)

        baseline = contender(candidates[baseline_recipe(target, planned).id])
        tell_shared_cores(project, target)
        bench = Bench(project, target)
        chosen = [plan.recipe.id for plan in planned if plan.target == target.name and plan.recipe.id in candidates]
        for number, recipe_id in enumerate(chosen, start=1):
            ours = contender(candidates[recipe_id])
            for against, theirs in rivals(ours, baseline, opponents):
                key = bench.key(ours, theirs, against)
                earlier = reusable(measured.get(key, []), project.law)
                earlier = earlier if suffices(bench, against, recipe_id, earlier) else []
                project.say(
                    f"[{number}/{len(chosen)}] {target.name}, {ours.candidate.recipe.title}, against {against}: "
                    + ("measured in an earlier run" if earlier else "measuring")
                )
                kept += earlier or measure(bench, ours, theirs, against, key)
                workspace.write("measurements", kept, Measurement)
        bench.clean_up()
    return kept


def reusable(measurements: list[Measurement], law: str) -> list[Measurement]:
    """What an earlier run measured of a pair, if it is whole: where something went wrong, it may go right now."""
    if not all(measurement.samples or is_unavailable(measurement) for measurement in measurements):
        return []
    return [with_conditions(measurement, {"law": law}) for measurement in measurements]


def is_unavailable(measurement: Measurement) -> bool:
    """Not to be had on this machine, whenever it is tried."""
    return measurement.conditions.unavailable is not None and measurement.conditions.error is None


def refuse_missing_opponents(project: Project, opponents: Mapping[Against, Opponent]) -> None:
    for gate in project.loaded.gates:
        if gate.against != "unoptimized" and gate.against not in opponents:
            what = "REF" if gate.against == "base" else "BUNDLE"
            raise ConfigError(
                f"{project.loaded.path}:{gate.line}: {gate.title} compares with the {gate.against}; "
                f"use `--against {what}`"
            )


def rivals(
    ours: Contender, baseline: Contender, opponents: Mapping[Against, Opponent]
) -> Iterator[tuple[Against, Contender | EdgeciError]]:
    """Everything a candidate is measured against; an opponent that is not there is an error to be reported."""
    yield "unoptimized", baseline
    for against, opponent in opponents.items():
        try:
            yield against, opponent(ours.target, ours.candidate)
        except BackendFailed as problem:
            yield against, problem


def measure(
    bench: Bench, ours: Contender, theirs: Contender | EdgeciError, against: Against, key: str
) -> list[Measurement]:
    """Every metric of one candidate; what could not be measured is a measurement without samples, and why."""
    if isinstance(theirs, EdgeciError):
        metrics = (*bench.quality_metrics(against), "peak_memory", "size", *TIMINGS, *bench.percentiles(against))
        measured = [bench.unavailable(ours, against, metric, theirs) for metric in metrics]
    else:
        pair = Pair(bench, ours, theirs, against)
        measured = [*quality(pair), peak_memory(pair), size(pair), *timings(pair)]
        measured += endurance(pair, measured)
    common = {
        "key": key,
        "law": bench.project.law,
        "machine": bench.project.workspace.witness.origin.machine,
        "threads": bench.target.threads,
    }
    return [with_conditions(measurement, common) for measurement in measured]


def with_conditions(measurement: Measurement, known: Mapping[str, object]) -> Measurement:
    """The same samples, with what every measurement of a run has in common."""
    return measurement.model_copy(update={"conditions": measurement.conditions.model_copy(update=known)})
