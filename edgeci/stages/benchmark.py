"""benchmark: measure every candidate against the baseline of the same target, in processes of its own.

Quality first (an unusable model need not be timed precisely), then memory, then the paired timings, which stop when
every timing gate has its answer. Each candidate's measurements are stored as soon as they are there.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from edgeci.errors import EdgeciError
from edgeci.gates.judge import judge
from edgeci.isolation.environments import interpreter
from edgeci.isolation.process import Worker
from edgeci.metrics import METRICS
from edgeci.stages.project import Project, baseline_recipe, tensors
from edgeci.stages.sampling import Side, Trace, sample
from edgeci.types import Assessment, Candidate, Gate, Measurement, Planned, Target

MEMORY_PROCESSES = 3


def benchmark(project: Project) -> list[Measurement]:
    """Write measurements.json.

    Raises:
        WorkspaceError: `optimize` has not run.
    """
    workspace = project.workspace
    planned = workspace.read("plan", Planned, "plan")
    candidates = {found.recipe.id: found for found in workspace.read("candidates", Candidate, "optimize")}
    measured = workspace.read_or_empty("measurements", Measurement)
    kept: list[Measurement] = []
    for target in project.targets:
        bench = Bench(project, target, candidates[baseline_recipe(target, planned).id])
        chosen = [plan.recipe.id for plan in planned if plan.target == target.name and plan.recipe.id in candidates]
        for number, recipe_id in enumerate(chosen, start=1):
            candidate = candidates[recipe_id]
            key = bench.key(candidate)
            found = [
                measurement
                for measurement in measured
                if (measurement.candidate, measurement.target) == (recipe_id, target.name)
                and measurement.conditions.get("key") == key
            ]
            project.say(
                f"[{number}/{len(chosen)}] {target.name}, {candidate.recipe.title}: "
                + ("measured in an earlier run" if found else "measuring")
            )
            kept += found or bench.measure(candidate, key)
            workspace.write("measurements", kept, Measurement)
    return kept


class Bench:
    """One target's baseline and what has been measured of it in this run."""

    def __init__(self, project: Project, target: Target, baseline: Candidate) -> None:
        self.project, self.target, self.baseline = project, target, baseline
        self.assessment = project.workspace.read("assessment", Assessment, "assess")[0]
        self.config = project.loaded.config
        memory_mb = min(self.config.limits.memory_mb, target.memory_mb or self.config.limits.memory_mb)
        self.limits = self.config.limits.model_copy(update={"memory_mb": memory_mb})
        self.cached: dict[str, Any] = {}

    def key(self, candidate: Candidate) -> str:
        """Everything a measurement depends on that edgeci can know; equal key, no need to measure again."""
        source = self.config.data.evaluation
        content = [
            candidate.key,
            self.baseline.key,
            self.target.model_dump_json(),
            source.model_dump_json(),
            self.data_digest(),
            self.config.metric,
            self.config.budget.model_dump_json(),
            *(gate.model_dump_json(exclude={"line", "name"}) for gate in self.timing_gates()),
        ]
        return hashlib.sha256("\n".join(content).encode()).hexdigest()

    def data_digest(self) -> str:
        """Of the evaluation items as they are now."""
        if "digests" not in self.cached:
            self.cached["digests"] = self.ask(
                self.baseline,
                "inspect",
                source=self.config.data.evaluation.model_dump(),
                folder=self.project.data_folder,
                tensors=tensors(self.assessment),
                metric=self.config.metric,
            )["digests"]
        return hashlib.sha256("\n".join(self.cached["digests"]).encode()).hexdigest()

    def timing_gates(self) -> list[Gate]:
        return [
            gate
            for gate in self.project.loaded.gates
            if METRICS[gate.metric].kind == "timing" and gate.target in (None, self.target.name)
        ]

    def measure(self, candidate: Candidate, key: str) -> list[Measurement]:
        """Every metric of one candidate; what could not be measured is a measurement without samples, and why."""
        common = {"key": key, "threads": self.target.threads}
        return [
            measurement.model_copy(update={"conditions": {**common, **measurement.conditions}})
            for measurement in [
                *self.quality(candidate),
                *self.memory(candidate),
                self.size(candidate),
                *self.timings(candidate),
            ]
        ]

    def side(self, candidate: Candidate) -> Side:
        return Side(
            interpreter(candidate.recipe.backend, self.config, self.project.say),
            {
                "model": str(self.project.workspace.candidates / candidate.recipe.id / candidate.main),
                "recipe": candidate.recipe.model_dump(),
                "target": self.target.model_dump(),
                "source": self.config.data.evaluation.model_dump(),
                "folder": self.project.data_folder,
                "tensors": tensors(self.assessment),
            },
        )

    def ask(self, candidate: Candidate, task: str, **arguments: Any) -> Any:
        """One task in a fresh worker of the candidate's backend."""
        with Worker(self.limits, interpreter(candidate.recipe.backend, self.config, self.project.say)) as worker:
            return worker.ask(f"edgeci.isolation.tasks:{task}", **arguments)

    def quality(self, candidate: Candidate) -> list[Measurement]:
        metric = self.config.metric
        try:
            theirs = self.predictions(self.baseline)
            ours = self.predictions(candidate)
        except EdgeciError as problem:
            return [self.unavailable(candidate, metric, problem)]
        return [
            self.measurement(
                candidate,
                metric,
                ours["samples"],
                theirs["samples"],
                labels=tuple(ours["labels"]),
                slices=tuple(ours["slices"]),
            )
        ]

    def predictions(self, candidate: Candidate) -> Any:
        """Once per candidate: the baseline's are paired with everybody's."""
        name = f"predictions {candidate.recipe.id}"
        if name not in self.cached:
            self.cached[name] = self.ask(
                candidate, "predict", **self.side(candidate).arguments, metric=self.config.metric
            )
        return self.cached[name]

    def memory(self, candidate: Candidate) -> list[Measurement]:
        try:
            theirs, ours = self.peaks(self.baseline), self.peaks(candidate)
        except EdgeciError as problem:
            return [self.unavailable(candidate, "peak_memory", problem)]
        for peak in (*theirs, *ours):
            if "unavailable" in peak:
                return [self.unavailable(candidate, "peak_memory", peak["unavailable"])]
        return [
            self.measurement(
                candidate,
                "peak_memory",
                [peak["peak_mb"] for peak in ours],
                [peak["peak_mb"] for peak in theirs],
                runtime_mb=round(max(peak["runtime_mb"] for peak in ours), 1),
            )
        ]

    def peaks(self, candidate: Candidate) -> list[dict[str, Any]]:
        name = f"peaks {candidate.recipe.id}"
        if name not in self.cached:
            arguments = self.side(candidate).arguments
            self.cached[name] = [self.ask(candidate, "peak_memory", **arguments) for _ in range(MEMORY_PROCESSES)]
        return list(self.cached[name])

    def size(self, candidate: Candidate) -> Measurement:
        return self.measurement(candidate, "size", [candidate.size_bytes / 1e6], [self.baseline.size_bytes / 1e6])

    def timings(self, candidate: Candidate) -> list[Measurement]:
        try:
            trace = sample(
                self.side(self.baseline),
                self.side(candidate),
                self.limits,
                self.config.budget,
                lambda trace: self.decided(candidate, trace),
            )
        except EdgeciError as problem:
            return [
                self.unavailable(candidate, metric, problem)
                for metric in ("latency_cpu", "latency_wall", "throughput", "load_time")
            ]
        return self.from_trace(candidate, trace)

    def decided(self, candidate: Candidate, trace: Trace) -> bool:
        """Whether every timing gate has its answer; without one, the first look is enough."""
        measured = self.from_trace(candidate, trace)
        verdicts = [judge(gate, candidate.recipe.id, self.target.name, measured) for gate in self.timing_gates()]
        for verdict in verdicts:
            self.project.say(f"  {len(trace.cpu)} rounds, {trace.seconds:.0f} s: {verdict.outcome}: {verdict.reason}")
        return all(verdict.outcome != "inconclusive" for verdict in verdicts)

    def from_trace(self, candidate: Candidate, trace: Trace) -> list[Measurement]:
        conditions: dict[str, Any] = {
            "launches": len(trace.load_ms),
            "seed": self.config.budget.seed,
            "contention": round(trace.contention, 4),
            "seconds": round(trace.seconds, 2),
            "runtime": trace.runtime,
            "baseline_runtime": trace.reference_runtime,
        }
        values: dict[str, tuple[Sequence[float], Sequence[float]]] = {
            "latency_cpu": (trace.cpu, trace.reference_cpu),
            "latency_wall": (trace.wall, trace.reference_wall),
            "throughput": ([1e3 / wall for wall in trace.wall], [1e3 / wall for wall in trace.reference_wall]),
            "load_time": (trace.load_ms, trace.reference_load_ms),
        }
        return [
            self.measurement(candidate, metric, ours, theirs, **conditions) for metric, (ours, theirs) in values.items()
        ]

    def measurement(
        self,
        candidate: Candidate,
        metric: str,
        samples: Sequence[float],
        reference: Sequence[float],
        labels: tuple[float, ...] = (),
        slices: tuple[str, ...] = (),
        **conditions: Any,
    ) -> Measurement:
        return Measurement(
            candidate=candidate.recipe.id,
            target=self.target.name,
            metric=metric,
            unit=METRICS[metric].unit,
            better=METRICS[metric].better,
            samples=tuple(samples),
            baseline=self.baseline.recipe.id,
            reference=tuple(reference),
            labels=labels,
            slices=slices,
            conditions=conditions,
        )

    def unavailable(self, candidate: Candidate, metric: str, reason: object) -> Measurement:
        return self.measurement(candidate, metric, (), (), unavailable=str(reason))
