"""A project in a folder, as a user has one, and the command line run on it in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

EXAMPLE = Path(__file__).parents[2] / "edgeci" / "quickstart"
CONFIG = """\
model: model.onnx
data:
  evaluation: {path: evaluation.npz}
  calibration: {path: calibration.npz}
targets:
  - name: cpu
    backends: [faulty]
propose: false
gates:
  rules:
    - {rule: retained, metric: accuracy, limit: 0.95}
    - {rule: speed-up, metric: latency_cpu, limit: 1000}
limits: {timeout_seconds: 60, memory_mb: 4096}
budget: {seconds: 1}
"""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        return list(json.loads(self.out)["records"])


def edgeci(folder: Path, *arguments: str, **environment: str) -> Done:
    """Run the command line in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "edgeci.cli", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def complaint(done: Done, code: int) -> str:
    """The one line that was said, after checking how it was said."""
    assert done.code == code, (done.code, done.err)
    assert "Traceback" not in done.err + done.out
    said = [line for line in done.err.splitlines() if line.startswith("edgeci: ")]
    assert len(said) == 1, done.err
    return said[0]


def measured(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """What the workspace holds, by backend and method, and metric."""
    records = json.loads((folder / ".edgeci" / "measurements.json").read_text())["records"]
    return {(record["candidate"].rsplit("-", 1)[0], record["metric"]): record for record in records}


def small_project(folder: Path, recipes: str = "", config: str = CONFIG) -> Path:
    """A project whose backend is the faulty one: quick, because it needs no framework."""
    folder.mkdir(exist_ok=True)
    (folder / "model.onnx").write_bytes(linear_model())
    generator = np.random.default_rng(0)
    items = generator.normal(size=(100, 4)).astype(np.float32)
    sums = np.stack([items.sum(1), items.sum(1) / 2, np.ones(100)], axis=1)
    np.savez(folder / "evaluation.npz", x=items, labels=sums.argmax(1))
    np.savez(folder / "calibration.npz", x=generator.normal(size=(20, 4)).astype(np.float32))
    (folder / "edgeci.yaml").write_text(config + recipes)
    return folder


def linear_model() -> bytes:
    """x (1, 4) -> scores (1, 3) by one matrix product."""
    from onnx import TensorProto, helper, numpy_helper

    weights = numpy_helper.from_array(np.arange(12, dtype=np.float32).reshape(4, 3), "weights")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "weights"], ["scores"])],
        "linear",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 4])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 3])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


def recipe(*methods: str) -> str:
    return "recipes:\n" + "".join(f"  - {{backend: faulty, method: {method}}}\n" for method in methods)


def example_project(folder: Path, **replacements: str) -> Path:
    """The packaged example, with text of its edgeci.yaml replaced."""
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", ".edgeci"))
    text = (folder / "edgeci.yaml").read_text()
    for old, new in replacements.items():
        text = text.replace(old, new)
    (folder / "edgeci.yaml").write_text(text)
    return folder
