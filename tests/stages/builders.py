"""A workspace after `gate`, small enough to read: one model, one candidate, real verdicts on made-up samples."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from edgeci.config_file import Loaded, load
from edgeci.config_problems import Vocabulary
from edgeci.gates.decision import decide
from edgeci.gates.judge import judge
from edgeci.gates.rules import RULES
from edgeci.hardware.fingerprint import fingerprint
from edgeci.metrics import METRICS
from edgeci.rendering.catalogue import template_names
from edgeci.stages.release import release
from edgeci.types import (
    Assessment,
    Candidate,
    Conditions,
    Evidence,
    Fact,
    File,
    Measurement,
    ModelFile,
    Recipe,
    Release,
)
from edgeci.workbench.project import Project, workspace_at
from edgeci.workspace import Workspace

RECIPE = Recipe(backend="onnxruntime", method="int8-dynamic", options={"per_channel": True})
REPORTS = {"report.md": b"# Released\n", "junit.xml": b"<testsuites/>\n"}
SOURCE = b"the source model"
FAST, SLOW = 1.0, 3.0
HARDWARE = (Fact(name="cpu", value="a processor", source="/proc/cpuinfo"),)


@dataclass
class Scene:
    """What a stage is called with, and what it said."""

    workspace: Workspace
    loaded: Loaded
    evidence: Evidence
    said: list[str] = field(default_factory=list)

    def release(self, reports: dict[str, bytes] = REPORTS) -> list[Release]:
        project = Project(self.loaded, self.workspace, self.said.append)
        return release(project, self.evidence, self.homes, reports)

    @property
    def homes(self) -> dict[str, Path]:
        return {target.name: self.workspace.folder for target in self.loaded.config.targets}

    def bundle(self, target: str = "cpu") -> Path:
        return self.workspace.release / target


def scene(
    folder: Path,
    targets: tuple[dict[str, Any], ...] = ({"name": "cpu"},),
    latency: float = FAST,
    files: dict[str, bytes] | None = None,
    runtime_mb: float | None = 80.0,
    peak_mb: tuple[float, ...] = (20.0, 20.5, 19.5),
    render: dict[str, Any] | None = None,
) -> Scene:
    """A candidate that passes the course gates, unless its latency is SLOW."""
    files = files or {"model.onnx": b"weights" * 1000}
    loaded = configured(folder, targets, render or {})
    workspace = workspace_at(folder / ".edgeci")
    candidate = made(workspace, files)
    subjects = loaded.config.targets
    measurements = tuple(item for target in subjects for item in measured(target.name, latency, peak_mb, runtime_mb))
    verdicts = tuple(judge(gate, RECIPE.id, target.name, measurements) for target in subjects for gate in loaded.gates)
    evidence = Evidence(
        config="edgeci.yaml",
        assessment=assessment(),
        hardware=HARDWARE,
        targets=subjects,
        candidates=(candidate,),
        measurements=measurements,
        verdicts=verdicts,
        decisions=tuple(
            decide(target, [candidate], loaded.gates, verdicts, measurements, "latency_cpu") for target in subjects
        ),
    )
    return Scene(workspace, loaded, evidence)


def configured(folder: Path, targets: tuple[dict[str, Any], ...], render: dict[str, Any]) -> Loaded:
    content = {
        "model": "models/model.onnx",
        "data": {"evaluation": {"path": "evaluation.npz"}},
        "targets": list(targets),
        "gates": {"preset": "course"},
        "render": render,
    }
    (folder / "models").mkdir(parents=True, exist_ok=True)
    (folder / "models/model.onnx").write_bytes(SOURCE)
    (folder / "edgeci.yaml").write_text(yaml.safe_dump(content))
    vocabulary = Vocabulary(backends=("onnxruntime",), rules=RULES, templates=template_names(folder))
    return load(folder / "edgeci.yaml", vocabulary)


def made(workspace: Workspace, files: dict[str, bytes]) -> Candidate:
    for name, content in files.items():
        path = workspace.candidates / RECIPE.id / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return Candidate(
        recipe=RECIPE,
        main=next(iter(files)),
        files=tuple(file(name, content) for name, content in files.items()),
        key="0" * 64,
        seconds=1.5,
        versions={"onnxruntime": "1.32.0", "onnx": "1.23.2"},
        precision="int8 100 %",
    )


def file(name: str, content: bytes) -> File:
    return File(path=name, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content))


def measured(
    target: str, latency: float, peak_mb: tuple[float, ...], runtime_mb: float | None
) -> tuple[Measurement, ...]:
    classes = tuple(float(item % 10) for item in range(200))
    conditions = {"runtime_mb": runtime_mb} if runtime_mb is not None else {}
    return (
        measurement("accuracy", target, classes, classes, labels=classes),
        measurement("latency_cpu", target, (latency,) * 60, (SLOW,) * 60),
        measurement("latency_wall", target, (latency,) * 60, (SLOW,) * 60),
        measurement("peak_memory", target, peak_mb, (50.0,) * len(peak_mb), conditions=conditions),
    )


def measurement(
    metric: str,
    target: str,
    samples: tuple[float, ...],
    reference: tuple[float, ...],
    conditions: dict[str, Any] = {},
    **more: Any,
) -> Measurement:
    return Measurement(
        candidate=RECIPE.id,
        target=target,
        metric=metric,
        unit=METRICS[metric].unit,
        better=METRICS[metric].better,
        samples=samples,
        reference=reference,
        conditions=Conditions(machine=fingerprint(HARDWARE), **conditions),
        **more,
    )


def assessment() -> Assessment:
    return Assessment(
        model=ModelFile(
            path="model/model.onnx", format="onnx", sha256=hashlib.sha256(SOURCE).hexdigest(), size_bytes=len(SOURCE)
        ),
        producer="pytorch 2.13",
        parameters=1000,
        parameter_dtypes={"float32": 1000},
        opsets={"": 21},
        operators={"MatMul": 2},
        inputs=(),
        outputs=(),
    )
