"""One side of a measurement: the saboteur, on a small project."""

import sys
from pathlib import Path

from edgeci.config import Limits
from edgeci.stages.sampling import Side
from edgeci.types import DataSource, Recipe, Target, Tensor
from tests.stages.project_folder import small_project

LIMITS = Limits(timeout_seconds=60, memory_mb=4096)


def side(folder: Path, method: str = "steady") -> Side:
    small_project(folder)
    return Side(
        sys.executable,
        {
            "model": str(folder / "model.onnx"),
            "recipe": Recipe(backend="saboteur", method=method).model_dump(),
            "target": Target(name="cpu", backends=("saboteur",)).model_dump(),
            "source": DataSource(path="evaluation.npz").model_dump(),
            "folder": str(folder),
            "tensors": [Tensor(name="x", dtype="float32", shape=("batch", 4)).model_dump()],
        },
    )
