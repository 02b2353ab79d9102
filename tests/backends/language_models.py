"""The real thing for backends of language models: their own environment, and SmolLM2-135M-Instruct as a folder."""

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from edgeci.config import Limits
from edgeci.isolation.environments import is_made, own_environment
from edgeci.isolation.process import Worker
from edgeci.types import Assessment, Concern, ModelFile, Target
from tests import builders
from tests.backends import language_model_tasks as tasks

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


def minilm() -> Path:
    """EDGECI_MINILM, or where the example puts it."""
    folder = Path(os.environ.get("EDGECI_MINILM") or ROOT / "examples" / "minilm" / "model")
    if not (folder / "modules.json").is_file():
        pytest.skip("MiniLM is not there; python examples/minilm/prepare.py examples/minilm")
    return folder


def worker_of(backend: str) -> Worker:
    """In the backend's environment; it finds the tests' tasks too."""
    return Worker(LIMITS, interpreter(backend), [str(ROOT)])


def assessment(kind: Any = "huggingface", concern: str | None = None) -> Assessment:
    return builders.assessment(
        model=ModelFile(path="model", format=kind, sha256="0" * 64, size_bytes=1),
        operators={},
        inputs=(),
        outputs=(),
        concerns=() if concern is None else (Concern(code=concern, message=concern),),
        kind="text",
        architecture="llama",
    )


def proposed(backend: str, known: Assessment | None = None, target: Target = tasks.CPU) -> list[str]:
    """Methods, for a Hugging Face folder unless something else is known."""
    return [recipe.method for recipe in tasks.module(backend).propose(known or assessment(), target)]


def llama(path: Path, **config: Any) -> Path:
    """A folder that says it holds a Llama, and holds no weights: what is refused at once is refused without them."""
    path.mkdir()
    (path / "config.json").write_text(json.dumps({"architectures": ["LlamaForCausalLM"], **config}))
    return path


def attempt(backend: str, model: Path, method: str, **options: Any) -> None:
    """Optimize in this process, without calibration text."""
    tasks.module(backend).optimize(model, tasks.recipe(backend, method, options), None, model.parent)
