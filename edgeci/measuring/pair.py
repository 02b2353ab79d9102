"""A candidate and one of its baselines, measured on one target: quality, memory, size, and timings taken in turn."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgeci.errors import EdgeciError, WorkspaceError
from edgeci.evaluation.scores import are_shares, cosine_distances, divergences
from edgeci.gates.judge import judge, may_stop_early
from edgeci.measuring.bench import TIMINGS, Bench
from edgeci.measuring.sampling import Trace, sample
from edgeci.metrics import METRICS, OUTPUT_COMPARISONS, TEXT_METRICS, TEXT_TIMINGS
from edgeci.types import Against, Conditions, Measurement, Text
from edgeci.workbench.contender import Contender
from edgeci.workbench.tokens import items_of

MEMORY_PROCESSES = 3


class Pair:
    """A candidate and one of its baselines."""

    def __init__(self, bench: Bench, ours: Contender, theirs: Contender, against: Against) -> None:
        self.bench, self.ours, self.theirs, self.against = bench, ours, theirs, against
        self.config = bench.config

    def quality(self) -> list[Measurement]:
        metrics = self.bench.quality_metrics(self.against)
        try:
            if self.ours.is_text:
                metrics = with_text_metrics(self.ours, metrics)
                theirs, ours = self.read(metrics)
            else:
                theirs, ours = (self.predictions(side, metrics) for side in (self.theirs, self.ours))
        except WorkspaceError:
            raise
        except EdgeciError as problem:
            return [self.unavailable(metric, problem) for metric in metrics]
        return [self.quality_of(metric, ours, theirs) for metric in metrics]

    def read(self, metrics: list[str]) -> tuple[Any, Any]:
        """What the baseline and the candidate make of the items; the candidate is compared with the baseline's.

        The baseline's log-probabilities are a large file, kept while this target is measured.
        """
        reference = self.scores(self.theirs)
        if not self.bench.was_asked("predict", self.theirs):
            reference.unlink(missing_ok=True)  # only this run's is compared with
        arguments = {"metrics": metrics, **self.ours.tokenizer}
        theirs = self.bench.once("predict", self.theirs, **self.theirs.arguments, **arguments, save=str(reference))
        self.bench.references.add(reference)
        if self.ours == self.theirs:
            return theirs, theirs
        compared = str(reference) if reference.exists() else None
        return theirs, self.ours.ask("predict", **self.ours.arguments, **arguments, reference=compared)

    def predictions(self, side: Contender, metrics: list[str]) -> Any:
        save = str(self.scores(side)) if {*OUTPUT_COMPARISONS} & {*metrics} else None
        return self.bench.once("predict", side, **side.arguments, metrics=metrics, save=save)

    def quality_of(self, metric: str, ours: Any, theirs: Any) -> Measurement:
        slices = tuple(ours["slices"])
        if self.ours.assessment.task == "embeddings" and metric == "cosine_distance":
            return self.measurement(metric, ours["samples"][metric], ())
        if metric in OUTPUT_COMPARISONS and not self.ours.is_text:
            return self.comparison(metric, slices)
        if metric in TEXT_METRICS:
            reference = () if METRICS[metric].is_comparison else theirs["samples"][metric]
            return self.measurement(metric, ours["samples"][metric], reference, tokens=self.config.text.window)
        labels = tuple(ours["labels"]) if METRICS[metric].kind == "class" and METRICS[metric].needs_labels else ()
        return self.measurement(metric, ours["samples"][metric], theirs["samples"][metric], labels, slices)

    def comparison(self, metric: str, slices: tuple[str, ...]) -> Measurement:
        """A candidate's whole outputs against the baseline's."""
        theirs, ours = (np.load(self.scores(side), allow_pickle=False) for side in (self.theirs, self.ours))
        if theirs.shape != ours.shape:
            return self.unavailable(metric, f"{ours.shape[1]} outputs an item, the baseline has {theirs.shape[1]}")
        if metric == "cosine_distance":
            return self.measurement(metric, cosine_distances(theirs, ours).tolist(), (), slices=slices)
        kind = "shares" if are_shares(theirs) else "softmax of the outputs"
        return self.measurement(metric, divergences(theirs, ours).tolist(), (), slices=slices, class_scores=kind)

    def scores(self, side: Contender) -> Path:
        """Where a contender's class scores lie, in the workspace."""
        with self.bench.project.workspace.shared_folder("scores") as folder:
            place = hashlib.sha256(f"{side.folder} {side.target.name}".encode()).hexdigest()[:12]
            return folder / f"{side.candidate.recipe.id}-{place}.npy"

    def memory(self) -> list[Measurement]:
        try:
            theirs, ours = self.peaks(self.theirs), self.peaks(self.ours)
        except WorkspaceError:
            raise
        except EdgeciError as problem:
            return [self.unavailable("peak_memory", problem)]
        for peak in (*theirs, *ours):
            if "unavailable" in peak:
                return [self.unavailable("peak_memory", peak["unavailable"])]
        return [
            self.measurement(
                "peak_memory",
                [peak["peak_mb"] for peak in ours],
                [peak["peak_mb"] for peak in theirs],
                runtime_mb=round(max(peak["runtime_mb"] for peak in ours), 1),
            )
        ]

    def peaks(self, side: Contender) -> list[dict[str, Any]]:
        name = (str(side.folder), "peaks")
        if name not in self.bench.cached:
            self.bench.cached[name] = [side.ask("peak_memory", **side.arguments) for _ in range(MEMORY_PROCESSES)]
        return list(self.bench.cached[name])

    def size(self) -> Measurement:
        return self.measurement(
            "size", [self.ours.candidate.size_bytes / 1e6], [self.theirs.candidate.size_bytes / 1e6]
        )

    def timings(self) -> list[Measurement]:
        try:
            trace = sample(
                self.theirs.side,
                self.ours.side,
                self.ours.limits,
                self.config.budget,
                self.decided,
            )
        except WorkspaceError:
            raise
        except EdgeciError as problem:
            metrics = (
                *TIMINGS,
                *(TEXT_TIMINGS if self.ours.assessment.task == "text" else ()),
                *self.bench.percentiles(self.against),
            )
            return [self.unavailable(metric, problem) for metric in metrics]
        return self.from_trace(trace)

    def decided(self, trace: Trace) -> bool:
        """Whether every timing gate has its answer; without one, the first look is enough.

        Some are judged once, when the budget is used: stopping as soon as a percentile's bound looks good would be
        choosing the samples by their outcome.
        """
        measured = self.from_trace(trace)
        ours, target = self.ours.candidate.recipe.id, self.bench.target.name
        verdicts = [judge(gate, ours, target, measured) for gate in self.bench.timing_gates(self.against)]
        for verdict in verdicts:
            self.bench.project.say(
                f"  {len(trace.cpu)} rounds, {trace.seconds:.0f} s: {verdict.outcome}: {verdict.reason}"
            )
        return all(verdict.outcome != "inconclusive" and may_stop_early(verdict.gate) for verdict in verdicts)

    def from_trace(self, trace: Trace) -> list[Measurement]:
        conditions: dict[str, Any] = {
            "launches": len(trace.load_ms),
            "seed": self.config.budget.seed,
            "contention": round(trace.contention, 4),
            "scheduling": ", ".join(sorted(trace.scheduling)),
            "seconds": round(trace.seconds, 2),
            "runtime": trace.runtime,
            "baseline_runtime": trace.reference_runtime,
        }
        values: dict[str, tuple[Sequence[float], Sequence[float]]] = {
            "latency_cpu": (trace.cpu, trace.reference_cpu),
            "latency_wall": (trace.wall, trace.reference_wall),
            "throughput": ([1e3 / wall for wall in trace.wall], [1e3 / wall for wall in trace.reference_wall]),
            "load_time": (trace.load_ms, trace.reference_load_ms),
            **dict.fromkeys(self.bench.percentiles(self.against), (trace.single, trace.reference_single)),
        }
        if trace.parts:
            values |= text_timings(trace, self.config.text)
            conditions["text"] = self.config.text
        return [self.measurement(metric, ours, theirs, **conditions) for metric, (ours, theirs) in values.items()]

    def measurement(
        self,
        metric: str,
        samples: Sequence[float],
        reference: Sequence[float],
        labels: tuple[float, ...] = (),
        slices: tuple[str, ...] = (),
        **conditions: Any,
    ) -> Measurement:
        return Measurement(
            candidate=self.ours.candidate.recipe.id,
            target=self.bench.target.name,
            metric=metric,
            unit=METRICS[metric].unit,
            better=METRICS[metric].better,
            samples=tuple(samples),
            against=self.against,
            baseline=self.theirs.candidate.recipe.id,
            reference=tuple(reference),
            labels=labels,
            slices=slices,
            conditions=Conditions(**conditions),
        )

    def unavailable(self, metric: str, reason: object) -> Measurement:
        return self.bench.unavailable(self.ours, self.against, metric, reason)


def with_text_metrics(contender: Contender, metrics: list[str]) -> list[str]:
    """What one pass over the texts gives is measured with it, asked for or not."""
    if contender.assessment.task == "embeddings":
        return list(dict.fromkeys([*metrics, "cosine_distance"]))
    samples = items_of(contender.project, contender.assessment, contender.project.loaded.config.data.evaluation)
    return list(dict.fromkeys([*metrics, *(TEXT_METRICS if samples.windows else ())]))


def text_timings(trace: Trace, text: Text) -> dict[str, tuple[Sequence[float], Sequence[float]]]:
    """The parts of a request in ms, and tokens a second from their wall times."""
    sides = (trace.parts, trace.reference_parts)
    found: dict[str, tuple[Sequence[float], Sequence[float]]] = {
        metric: (sides[0][metric], sides[1][metric]) for metric in ("ttft_cpu", "ttft_wall", "tpot_cpu", "tpot_wall")
    }
    for metric, part, tokens in (("prompt_speed", "ttft_wall", text.prompt_tokens), ("decode_speed", "tpot_wall", 1)):
        ours, theirs = ([1e3 * tokens / milliseconds for milliseconds in side[part]] for side in sides)
        found[metric] = (ours, theirs)
    return found
