"""The real thing for backends of language models: their own environment, and SmolLM2-135M-Instruct as a folder."""

import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeci.config import Limits
from edgeci.evaluation import text_scores
from edgeci.isolation.environments import is_made, own_environment
from edgeci.isolation.process import Worker
from edgeci.types import Agreement, Assessment, Concern, ModelFile
from tests.backends import language_model_tasks as tasks

TASKS = f"{tasks.__name__}:"
LIMITS = Limits(timeout_seconds=900, memory_mb=16384)
ROOT = Path(__file__).parents[2]


def interpreter(backend: str) -> str:
    """The Python that can import the backend: EDGECI_PYTHON_<BACKEND>, this one, or its installed environment's."""
    if given := os.environ.get(f"EDGECI_PYTHON_{backend.upper()}"):
        return given
    if all(importlib.util.find_spec(name) for name in tasks.module(backend).REQUIRES):
        return sys.executable
    if is_made(backend):
        return str(own_environment(backend, print))
    pytest.skip(f"{backend} is not installed; edgeci backend install {backend}")


def smollm2() -> Path:
    """EDGECI_SMOLLM2, or where the example puts it."""
    folder = Path(os.environ.get("EDGECI_SMOLLM2") or ROOT / "examples" / "smollm2" / "model")
    if not (folder / "config.json").is_file():
        pytest.skip("SmolLM2 is not there; python examples/smollm2/prepare.py examples/smollm2")
    return folder


def assessment(kind: Any = "huggingface", concern: str | None = None) -> Assessment:
    return Assessment(
        model=ModelFile(path="model", format=kind, sha256="0" * 64, size_bytes=1),
        producer="test",
        parameters=1,
        parameter_dtypes={"float32": 1},
        opsets={},
        operators={},
        inputs=(),
        outputs=(),
        concerns=() if concern is None else (Concern(code=concern, message=concern),),
        task="text",
        architecture="llama",
    )


class Bench:
    """One backend's worker, a reference by transformers, and every candidate that was made, once."""

    def __init__(self, backend: str, worker: Worker, model: Path, folder: Path) -> None:
        self.backend, self.worker, self.model, self.folder = backend, worker, model, folder
        self.text = worker.ask(TASKS + "reference", model=str(model), save=str(folder / "reference.npy"))
        self.reference = np.load(folder / "reference.npy")
        self.made: dict[str, dict[str, Any]] = {}

    def make(self, method: str, model: Path | None = None, **options: Any) -> dict[str, Any]:
        """main (absolute), notes; from SmolLM2 unless another model is given."""
        name = f"{method}-{'-'.join(f'{key}-{value}' for key, value in options.items())}{model.name if model else ''}"
        if name not in self.made:
            self.made[name] = self.worker.ask(
                TASKS + "make",
                backend=self.backend,
                model=str(model or self.model),
                method=method,
                options=options,
                calibration=self.text["calibration"],
                output=str(self.folder / name),
            )
        return self.made[name]

    def agreement(self, method: str, running: dict[str, Any] | None = None, **options: Any) -> Agreement:
        """With transformers' float32 answers; `running` are options of load alone."""
        self.worker.ask(
            TASKS + "scores",
            backend=self.backend,
            main=self.make(method, **options)["main"],
            method=method,
            options={**options, **(running or {})},
            windows=self.text["windows"],
            save=str(self.folder / "scores.npy"),
        )
        found = np.load(self.folder / "scores.npy")
        assert all(
            text_scores.defect(ours, window) is None for ours, window in zip(found, self.text["windows"], strict=True)
        )
        return text_scores.compared(list(self.reference), list(found))

    def generated(self, method: str, prompt: Sequence[int], count: int, **options: Any) -> dict[str, Any]:
        """tokens, again (a second time), argmax (each token by log_probabilities of all before it), runtime."""
        return self.worker.ask(
            TASKS + "generate",
            backend=self.backend,
            main=self.make(method, **options)["main"],
            method=method,
            options=options,
            prompt=list(prompt),
            count=count,
        )

    def megabytes(self, method: str, **options: Any) -> float:
        """Of the weights and the graph."""
        files = Path(self.make(method, **options)["main"]).parent.iterdir()
        return sum(path.stat().st_size for path in files if path.suffix in (".onnx", ".data", ".xml", ".bin")) / 1e6


def bench(backend: str, folder: Path) -> Iterator[Bench]:
    model = smollm2()
    with worker_of(backend) as worker:
        yield Bench(backend, worker, model, folder)


def worker_of(backend: str) -> Worker:
    """In the backend's environment; it finds the tests' tasks too."""
    search = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return Worker(LIMITS, interpreter(backend), {"PYTHONPATH": search})
