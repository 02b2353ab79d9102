"""What a backend is examined on: a small ONNX model built in code, or a model of text that is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any

import numpy as np

from edgeci.conformance.subject import TASKS, Subject
from edgeci.errors import ConfigError
from edgeci.evaluation.sentence_transformers import pooling
from edgeci.formats import gguf
from edgeci.types import Assessment, DataSource, Format, ModelFile, Task, Tensor

WINDOW = 48
WINDOWS = 12


@dataclass(frozen=True)
class TensorFixture:
    """The model of edgeci.conformance.models, written once by a worker."""

    subject: Subject
    tasks: str = "edgeci.work.tasks"

    @cached_property
    def folder(self) -> Path:
        folder = self.subject.folder / "source"
        folder.mkdir()
        return folder

    @cached_property
    def model(self) -> Path:
        self.assessment  # noqa: B018 - which writes it
        return self.folder / "model.onnx"

    @cached_property
    def assessment(self) -> Assessment:
        found = self.subject.ask(f"{TASKS}:tensor_fixture", folder=str(self.folder))
        path = self.folder / "model.onnx"
        del found["external"], found["format"]
        model = ModelFile(path=str(path), format="onnx", sha256="0" * 64, size_bytes=path.stat().st_size)
        return Assessment(model=model, **found)

    @property
    def calibration(self) -> Mapping[str, Any]:
        return {
            "calibration": DataSource(path="calibration.npz").model_dump(),
            "folder": str(self.model.parent),
            "tensors": [Tensor.model_dump(tensor) for tensor in self.assessment.inputs],
        }

    @property
    def expected(self) -> np.ndarray[Any, Any]:
        """(items, classes) by the reference evaluator of the ONNX project."""
        found: np.ndarray[Any, Any] = np.load(self.model.parent / "expected.npy", allow_pickle=False)
        return found

    def batch(self, *items: int) -> dict[str, Any]:
        """A request for these items."""
        return {"feeds": str(self.model.parent / "calibration.npz"), "inputs": ["x"], "items": list(items)}


@dataclass(frozen=True)
class TextFixture:
    """A model of text on disk, and prose of the standard library as its own tokenizer cuts it."""

    subject: Subject
    model: Path
    tasks: str = "edgeci.work.text_tasks"

    @cached_property
    def assessment(self) -> Assessment:
        """As much of it as the backends' `propose` look at."""
        model = ModelFile(path=str(self.model), format=kind(self.model), sha256="0" * 64, size_bytes=1)
        return Assessment(
            model=model,
            producer="",
            parameters=1,
            parameter_dtypes={"float32": 1},
            opsets={},
            operators={},
            inputs=(),
            outputs=(),
            task=self.subject.task,
        )

    @property
    def samples(self) -> Path:
        self.words  # noqa: B018 - which writes them
        return self.subject.folder / "samples.json"

    @cached_property
    def words(self) -> dict[str, Any]:
        texts = [topics[name] for name in ("assignment", "truth", "while")]
        return dict(
            self.subject.ask(
                f"{TASKS}:text_fixture",
                name=self.subject.name,
                model=str(self.model.absolute()),
                texts=texts,
                window=WINDOW,
                save=str(self.subject.folder / "samples.json"),
            )
        )

    @property
    def windows(self) -> list[list[int]]:
        return [list(window) for window in self.words["windows"][:WINDOWS]]

    @property
    def calibration(self) -> Mapping[str, Any]:
        return {"calibration": str(self.samples)}


def task_of(model: Path) -> Task:
    """What a model of text says that it is for.

    Raises:
        ConfigError: neither a GGUF file nor a folder with config.json.
        InputRejected, BackendMissing: as the formats' `read`.
    """
    if kind(model) == "gguf":
        return gguf.read(str(model)).task
    return "text" if pooling(model) is None else "embeddings"


def kind(model: Path) -> Format:
    """By its name, or what lies in the folder.

    Raises:
        ConfigError: no model of text.
    """
    if model.suffix == ".gguf":
        return "gguf"
    if (model / "config.json").is_file():
        return "mlx" if '"quantization"' in (model / "config.json").read_text(encoding="utf-8") else "huggingface"
    raise ConfigError(f"{model}: not a GGUF file, and not a folder with config.json")
