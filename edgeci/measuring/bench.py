"""One target, and what can be used twice of all that is measured on it."""

import hashlib
from pathlib import Path
from typing import Any

from edgeci.errors import EdgeciError
from edgeci.measuring.demands import endurance_key
from edgeci.metrics import METRICS, QUALITY, TEXT_TIMINGS
from edgeci.types import Against, Conditions, Gate, Measurement, Target
from edgeci.workbench.contender import Contender
from edgeci.workbench.project import Project

STEADY_TIMINGS = ("latency_cpu", "latency_wall", "throughput")
PERCENTILES = ("latency_p50", "latency_p95", "latency_p99")
TIMINGS = (*STEADY_TIMINGS, "load_time")


class Bench:
    """One target, and what has been measured on it in this run that can be used twice."""

    def __init__(self, project: Project, target: Target) -> None:
        self.project, self.target = project, target
        self.config = project.loaded.config
        self.cached: dict[tuple[str, str], Any] = {}
        self.references: set[Path] = set()
        """Large files that are needed while this target is measured."""

    def key(self, ours: Contender, theirs: Contender | EdgeciError, against: Against) -> str:
        """Everything a measurement depends on that edgeci can know; equal key, no need to measure again."""
        content = [
            ours.candidate.key,
            theirs.candidate.key if isinstance(theirs, Contender) else str(theirs),
            against,
            self.target.model_dump_json(),
            self.config.data.evaluation.model_dump_json(),
            *self.item_digests(ours),
            *([self.config.text.model_dump_json()] if ours.is_text else []),
            *self.quality_metrics(against),
            self.config.budget.model_dump_json(),
            *(gate.model_dump_json(exclude={"line", "name"}) for gate in self.timing_gates(against)),
            *endurance_key(self.config, self.project.loaded.gates, self.target, against),
        ]
        return hashlib.sha256("\n".join(content).encode()).hexdigest()

    def item_digests(self, contender: Contender) -> list[str]:
        """The same for every contender of this run, with a digest of what the items should give."""
        if ("", "digests") not in self.cached:
            self.cached["", "digests"] = contender.digests(self.config.metric)
        return list(self.cached["", "digests"])

    def once(self, task: str, contender: Contender, **arguments: Any) -> Any:
        """A task's answer for a contender, asked for once in this run: a baseline is paired with everybody."""
        name = (str(contender.folder), task)
        if name not in self.cached:
            self.cached[name] = contender.ask(task, **arguments)
        return self.cached[name]

    def was_asked(self, task: str, contender: Contender) -> bool:
        return (str(contender.folder), task) in self.cached

    def clean_up(self) -> None:
        for path in self.references:
            path.unlink(missing_ok=True)

    def gates(self, against: Against) -> list[Gate]:
        return [
            gate
            for gate in self.project.loaded.gates
            if gate.target in (None, self.target.name) and gate.against == against
        ]

    def timing_gates(self, against: Against) -> list[Gate]:
        """Gates whose samples one trace gives."""
        return [gate for gate in self.gates(against) if gate.metric in (*STEADY_TIMINGS, *PERCENTILES, *TEXT_TIMINGS)]

    def quality_metrics(self, against: Against) -> list[str]:
        """The configured metric, and what else a gate asks of the same predictions."""
        demanded = (gate.metric for gate in self.gates(against) if gate.metric in QUALITY)
        return list(dict.fromkeys([self.config.metric, *demanded]))

    def percentiles(self, against: Against) -> list[str]:
        """Those a gate asks for; their many samples are kept for nothing otherwise."""
        return [metric for metric in PERCENTILES if any(gate.metric == metric for gate in self.gates(against))]

    def unavailable(self, ours: Contender, against: Against, metric: str, reason: object) -> Measurement:
        return Measurement(
            candidate=ours.candidate.recipe.id,
            target=self.target.name,
            metric=metric,
            unit=METRICS[metric].unit,
            better=METRICS[metric].better,
            samples=(),
            against=against,
            conditions=Conditions(unavailable=str(reason), error=accident(reason)),
        )


def accident(reason: object) -> str | None:
    """What went wrong rather than cannot be had here: the next run tries it again."""
    return type(reason).__name__ if isinstance(reason, EdgeciError) else None
