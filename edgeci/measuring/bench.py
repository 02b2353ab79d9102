"""One target, and what can be used twice of all that is measured on it."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from edgeci.errors import EdgeciError
from edgeci.measuring.demands import endurance_key
from edgeci.metrics import PART_TIMINGS, STEADY_TIMINGS, is_quality
from edgeci.types import Against, Conditions, Gate, Measurement, Scores, Target
from edgeci.work.answering import predict
from edgeci.work.timing import Peak, peak_memory
from edgeci.workbench.contender import Contender
from edgeci.workbench.project import Project

PERCENTILES = ("latency_p50", "latency_p95", "latency_p99")
TIMINGS = (*STEADY_TIMINGS, "load_time")
MEMORY_PROCESSES = 3


class Bench:
    """One target, and what has been measured on it in this run that can be used twice."""

    def __init__(self, project: Project, target: Target) -> None:
        self.project, self.target = project, target
        self.config = project.loaded.config
        self.item_digests: list[str] = []
        self.predictions: dict[tuple[Path, tuple[str, ...]], dict[str, Scores]] = {}
        self.memory_peaks: dict[Path, list[Peak]] = {}
        self.references: set[Path] = set()
        """Large files that are needed while this target is measured."""

    def key(self, ours: Contender, theirs: Contender | EdgeciError, against: Against) -> str:
        """Everything a measurement depends on that edgeci can know; equal key, no need to measure again.

        Of the gates only what they ask to be measured: another limit judges the same samples (timings.suffices).
        """
        content = [
            ours.candidate.key,
            theirs.candidate.key if isinstance(theirs, Contender) else str(theirs),
            against,
            self.target.model_dump_json(),
            self.config.data.evaluation.model_dump_json(),
            *self.digests(ours),
            self.config.text.model_dump_json(),
            *self.config.read,
            *self.quality_metrics(against),
            self.config.budget.model_dump_json(),
            *self.percentiles(against),
            *endurance_key(self.config, self.project.loaded.gates, self.target, against),
        ]
        return hashlib.sha256("\n".join(content).encode()).hexdigest()

    def digests(self, contender: Contender) -> list[str]:
        """Of the items, the same for every contender of this run, and of what they should give."""
        self.item_digests = self.item_digests or contender.digests(self.config.judging)
        return self.item_digests

    def predicted(self, contender: Contender, metrics: Sequence[str], save: Path | None = None) -> dict[str, Scores]:
        """What a contender makes of the items, asked for once in this run: a baseline is paired with everybody."""
        name = (contender.folder, tuple(metrics))
        if name not in self.predictions:
            self.predictions[name] = contender.ask(predict, contender.job, list(metrics), save, None)
        return self.predictions[name]

    def peaks(self, contender: Contender) -> list[Peak]:
        """Memory of several processes."""
        if contender.folder not in self.memory_peaks:
            job = contender.job
            self.memory_peaks[contender.folder] = [contender.ask(peak_memory, job) for _ in range(MEMORY_PROCESSES)]
        return self.memory_peaks[contender.folder]

    def reference(self, contender: Contender) -> Path:
        """Where lies what others are compared with; only this run's is."""
        with self.project.workspace.shared_folder("scores") as folder:
            place = hashlib.sha256(f"{contender.folder} {contender.target.name}".encode()).hexdigest()[:12]
            path = folder / f"{contender.candidate.recipe.id}-{place}.npy"
        if path not in self.references:
            path.unlink(missing_ok=True)
            self.references.add(path)
        return path

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
        return [gate for gate in self.gates(against) if gate.metric in (*STEADY_TIMINGS, *PERCENTILES, *PART_TIMINGS)]

    def quality_metrics(self, against: Against) -> list[str]:
        """The configured metric, and what else a gate asks of the same predictions."""
        demanded = (gate.metric for gate in self.gates(against) if is_quality(gate.metric))
        return list(dict.fromkeys([self.config.judging, *demanded]))

    def percentiles(self, against: Against) -> list[str]:
        """Those a gate asks for; their many samples are kept for nothing otherwise."""
        return [metric for metric in PERCENTILES if any(gate.metric == metric for gate in self.gates(against))]

    def unavailable(self, ours: Contender, against: Against, metric: str, reason: object) -> Measurement:
        return Measurement(
            candidate=ours.candidate.recipe.id,
            target=self.target.name,
            metric=metric,
            unit=self.config.measured(metric).unit,
            better=self.config.measured(metric).better,
            samples=(),
            against=against,
            conditions=Conditions(unavailable=str(reason), error=accident(reason)),
        )


def accident(reason: object) -> str | None:
    """What went wrong rather than cannot be had here: the next run tries it again."""
    return type(reason).__name__ if isinstance(reason, EdgeciError) else None
