"""One side of a measurement: the faulty backend, on a small project."""

import sys
from pathlib import Path

from edgeci.config import Limits
from edgeci.types import DataSource, Items, Job, Recipe, Target, Tensor
from edgeci.workbench.contender import Side
from tests.stages.project_folder import small_project

LIMITS = Limits(timeout_seconds=60, memory_mb=4096)
CPU = Target(name="cpu", backends=("faulty",))


def side(folder: Path, method: str = "steady", target: Target = CPU) -> Side:
    small_project(folder)
    source = DataSource(path="evaluation.npz")
    tensors = (Tensor(name="x", dtype="float32", shape=("batch", 4)),)
    job = Job(
        kind="tensors",
        model=str(folder / "model.onnx"),
        recipe=Recipe(backend="faulty", method=method),
        target=target,
        items=Items(source=source, folder=str(folder), tensors=tensors),
    )
    return Side(sys.executable, job)
