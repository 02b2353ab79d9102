"""Small builders of realistic records; `evidence()` is one whole run as the reports take it.

Numbers are drawn from a fixed seed, so golden files stay what they are.
"""

import math
import random
from typing import Any

from edgeci.types import (
    Agreement,
    Assessment,
    Candidate,
    Concern,
    Conditions,
    Decision,
    Evidence,
    Fact,
    File,
    Gate,
    Measurement,
    ModelFile,
    Outcome,
    Recipe,
    Skipped,
    Target,
    Tensor,
    Verdict,
)

ITEMS = 400
AS_IS = Recipe(backend="onnxruntime", method="as-is")
STATIC = Recipe(backend="onnxruntime", method="int8-static", options={"per_channel": True})
DYNAMIC = Recipe(backend="onnxruntime", method="int8-dynamic")
WEIGHTS_4BIT = Recipe(backend="onnxruntime", method="int4-weights", label="4-bit weights, block 32")
OPENVINO = Recipe(backend="openvino", method="int8-static")
PRUNED = Recipe(backend="openvino", method="pruned")

ACCURACY = Gate(rule="retained", metric="accuracy", limit=0.95, line=21)
SPEED_UP = Gate(rule="speed-up", metric="latency_cpu", limit=2.0, line=21)
MEMORY = Gate(rule="reduction", metric="peak_memory", limit=0.5, line=21)


def model_file(path: str = "model.onnx") -> ModelFile:
    return ModelFile(path=path, format="onnx", sha256="ab" * 32, size_bytes=1_724_416)


def assessment(**changes: Any) -> Assessment:
    known: dict[str, Any] = {
        "model": model_file(),
        "producer": "pytorch 2.13.0",
        "parameters": 428_298,
        "parameter_dtypes": {"float32": 428_298},
        "opsets": {"": 18},
        "operators": {"Conv": 4, "Relu": 5, "MaxPool": 2, "Gemm": 2},
        "inputs": (Tensor(name="image", dtype="float32", shape=("batch", 1, 28, 28)),),
        "outputs": (Tensor(name="logits", dtype="float32", shape=("batch", 10)),),
    }
    return Assessment(**(known | changes))


def target(name: str = "raspberry-pi", **changes: Any) -> Target:
    return Target(name=name, backends=("onnxruntime", "openvino"), **changes)


def candidate(recipe: Recipe = STATIC, size_bytes: int = 440_000, **changes: Any) -> Candidate:
    known: dict[str, Any] = {
        "recipe": recipe,
        "main": "model.onnx",
        "files": (File(path="model.onnx", sha256="cd" * 32, size_bytes=size_bytes),),
        "key": "ef" * 32,
        "seconds": 1.8,
        "versions": {"onnxruntime": "1.32.0"},
        "precision": "int8",
        "agreement": Agreement(items=64, cosine=0.998, max_error=0.21, same_top=0.98),
    }
    return Candidate(**(known | changes))


def timing(recipe: Recipe, latency_ms: float, baseline_ms: float = 4.1, metric: str = "latency_cpu") -> Measurement:
    """Interleaved blocks in which both drift together, as they do on a shared runner."""
    dice = random.Random(f"{recipe.id} {latency_ms}")
    drift = [math.exp(dice.gauss(0, 0.02)) for _ in range(27)]
    return Measurement(
        candidate=recipe.id,
        target="raspberry-pi",
        metric=metric,
        unit="ms",
        better="lower",
        samples=tuple(round(latency_ms * each * math.exp(dice.gauss(0, 0.01)), 5) for each in drift),
        baseline=AS_IS.id,
        reference=tuple(round(baseline_ms * each * math.exp(dice.gauss(0, 0.01)), 5) for each in drift),
        conditions=Conditions(threads=1, launches=3, seconds=round(2.4 + latency_ms / 4, 2), contention=1.04, seed=0),
    )


def accuracy(recipe: Recipe, share: float, baseline_share: float = 0.9125) -> Measurement:
    """Predictions with exactly that share right: items from the front are right, the rest off by one class."""
    labels = tuple(float(item % 10) for item in range(ITEMS))

    def predictions(right: float) -> tuple[float, ...]:
        return tuple(label if item < round(right * ITEMS) else (label + 1) % 10 for item, label in enumerate(labels))

    return Measurement(
        candidate=recipe.id,
        target="raspberry-pi",
        metric="accuracy",
        unit="share",
        better="higher",
        samples=predictions(share),
        baseline=AS_IS.id,
        reference=predictions(baseline_share),
        labels=labels,
    )


def memory(recipe: Recipe, megabytes: float, baseline_mb: float = 14.6) -> Measurement:
    return Measurement(
        candidate=recipe.id,
        target="raspberry-pi",
        metric="peak_memory",
        unit="MB",
        better="lower",
        samples=(megabytes, megabytes + 0.1, megabytes),
        baseline=AS_IS.id,
        reference=(baseline_mb, baseline_mb, baseline_mb + 0.2),
        conditions=Conditions(launches=3),
    )


def verdict(gate: Gate = SPEED_UP, recipe: Recipe = STATIC, outcome: Outcome = "passed", **changes: Any) -> Verdict:
    known: dict[str, Any] = {
        "gate": gate,
        "candidate": recipe.id,
        "target": "raspberry-pi",
        "outcome": outcome,
        "reason": f"{gate.metric} {outcome}",
    }
    return Verdict(**(known | changes))


def decision(winner: Recipe | None = STATIC, **changes: Any) -> Decision:
    known: dict[str, Any] = {
        "target": "raspberry-pi",
        "outcome": "passed" if winner else "failed",
        "winner": winner.id if winner else None,
        "reason": f"{winner.title} passed all 3 gates" if winner else "no candidate passed all its gates",
    }
    return Decision(**(known | changes))


def verdicts() -> tuple[Verdict, ...]:
    """The winner, one too slow, one that lost its accuracy, one that cannot be decided."""
    kept, slow, lost = "94.5 %..99.1 %", "1.21x..1.27x", "61.0 %..68.4 %"
    return (
        verdict(ACCURACY, STATIC, reason=f"accuracy keeps 98.9 % of the baseline's (95 % bound {kept}), limit 95 %",
                value=0.989, lower=0.961, upper=0.999),
        verdict(SPEED_UP, STATIC, reason="latency_cpu 2.41x faster (bound 2.36x), limit 2x",
                value=2.41, lower=2.36, upper=2.47),
        verdict(MEMORY, STATIC, reason="peak_memory 57 % less, limit 50 %", value=0.57),
        verdict(ACCURACY, DYNAMIC, reason="accuracy keeps 99.7 % of the baseline's, limit 95 %",
                value=0.997, lower=0.981, upper=1.004),
        verdict(SPEED_UP, DYNAMIC, "failed", reason=f"latency_cpu only 1.24x faster ({slow}), limit 2x",
                value=1.24, lower=1.21, upper=1.27),
        verdict(MEMORY, DYNAMIC, reason="peak_memory 55 % less, limit 50 %", value=0.55),
        verdict(ACCURACY, WEIGHTS_4BIT, "failed", value=0.647, lower=0.61, upper=0.684,
                reason=f"accuracy keeps only 64.7 % of the baseline's ({lost}), limit 95 %"),
        verdict(SPEED_UP, WEIGHTS_4BIT, reason="latency_cpu 2.07x faster (bound 2.02x), limit 2x",
                value=2.07, lower=2.02, upper=2.11),
        verdict(MEMORY, WEIGHTS_4BIT, reason="peak_memory 66 % less, limit 50 %", value=0.66),
        verdict(ACCURACY, OPENVINO, reason="accuracy keeps 99.2 % of the baseline's, limit 95 %",
                value=0.992, lower=0.97, upper=1.001),
        verdict(SPEED_UP, OPENVINO, "inconclusive", value=2.01, lower=1.91, upper=2.12,
                reason="bound 1.91x..2.12x straddles 2x after 30 s; about 90 s more would decide"),
        verdict(MEMORY, OPENVINO, reason="peak_memory 51 % less, limit 50 %", value=0.51),
    )  # fmt: skip


def measurements() -> tuple[Measurement, ...]:
    levels = (
        (STATIC, 1.70, 0.9025, 6.3),
        (DYNAMIC, 3.31, 0.91, 6.6),
        (WEIGHTS_4BIT, 1.98, 0.59, 5.0),
        (OPENVINO, 2.04, 0.905, 7.2),
    )
    return tuple(
        measurement
        for recipe, latency_ms, share, megabytes in levels
        for measurement in (timing(recipe, latency_ms), accuracy(recipe, share), memory(recipe, megabytes))
    )


def evidence(**changes: Any) -> Evidence:
    """One target: a winner, three losers of different kinds, a skipped recipe; `as-is` is the baseline."""
    known: dict[str, Any] = {
        "config": "edgeci.yaml",
        "assessment": assessment(),
        "hardware": (
            Fact(name="cpu", value="AMD EPYC 9R14", source="/proc/cpuinfo"),
            Fact(name="cores", value=2, source="sched_getaffinity"),
            Fact(name="memory_mb", value=7812, source="/proc/meminfo"),
        ),
        "targets": (target(),),
        "candidates": (
            candidate(AS_IS, 1_724_416, agreement=None, precision="float32"),
            candidate(STATIC, 440_812),
            candidate(DYNAMIC, 447_210),
            candidate(WEIGHTS_4BIT, 301_554),
            candidate(OPENVINO, 471_920, versions={"openvino": "2026.4.1"}),
        ),
        "skipped": (
            Skipped(recipe=PRUNED, reason="the pruned model gives NaN on 3 of 64 items", target="raspberry-pi"),
        ),
        "measurements": measurements(),
        "verdicts": verdicts(),
        "decisions": (
            decision(
                STATIC,
                reason=f"{STATIC.title} passed all 3 gates",
                losers={verdict.candidate: verdict.reason for verdict in verdicts() if verdict.outcome != "passed"},
            ),
        ),
    }
    return Evidence(**(known | changes))


def without_winner(outcome: Outcome = "failed") -> Evidence:
    """As evidence(), but the best candidate was never made, so nothing is released."""
    whole = evidence()
    return evidence(
        candidates=tuple(each for each in whole.candidates if each.recipe != STATIC),
        measurements=tuple(each for each in whole.measurements if each.candidate != STATIC.id),
        verdicts=tuple(each for each in whole.verdicts if each.candidate != STATIC.id),
        decisions=(decision(None, outcome=outcome, losers=whole.decisions[0].losers),),
    )


def hostile_evidence(text: str, has_winner: bool = False) -> Evidence:
    """Evidence with `text` wherever a model, a tool or a configuration can put text of its own."""
    recipe = Recipe(backend="onnxruntime", method="int8-dynamic", label=text)
    gate = Gate(rule="speed-up", metric="latency_cpu", limit=2.0, name=text, line=7)
    judged = verdict(gate, recipe, "passed" if has_winner else "failed", reason=text)
    conditions = Conditions(runtime={text: text}, scheduling=text, contention=1.1)
    timed = timing(recipe, 1.9).model_copy(update={"conditions": conditions})
    return evidence(
        config=text or "edgeci.yaml",
        assessment=assessment(
            model=model_file(text),
            producer=text,
            operators={text: 1},
            concerns=(Concern(code="left-out", message=text),),
            inputs=(Tensor(name=text, dtype=text, shape=(text, None, 3)),),
        ),
        hardware=(Fact(name=text, value=text, source=text), Fact(name="flags", value=[text], source=text)),
        candidates=(candidate(recipe),),
        skipped=(Skipped(recipe=recipe.model_copy(update={"method": "pruned"}), reason=text),),
        measurements=(timed,),
        verdicts=(judged,),
        decisions=(
            decision(recipe if has_winner else None, reason=text, losers={} if has_winner else {recipe.id: text}),
        ),
    )
