"""One side of a measurement: the faulty backend, on a small project."""

import sys
from pathlib import Path

from edgeci.config import Limits
from edgeci.types import DataSource, Recipe, Target, Tensor
from edgeci.workbench.contender import Side
from tests.stages.project_folder import small_project

LIMITS = Limits(timeout_seconds=60, memory_mb=4096)


def side(folder: Path, method: str = "steady") -> Side:
    small_project(folder)
    return Side(
        sys.executable,
        {
            "model": str(folder / "model.onnx"),
            "recipe": Recipe(backend="faulty", method=method).model_dump(),
            "target": Target(name="cpu", backends=("faulty",)).model_dump(),
            "source": DataSource(path="evaluation.npz").model_dump(),
            "folder": str(folder),
            "tensors": [Tensor(name="x", dtype="float32", shape=("batch", 4)).model_dump()],
        },
    )
