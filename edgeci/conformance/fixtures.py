"""What a backend is examined on: a small ONNX model built in code, or a model of text that is given."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from pydoc_data.topics import topics

import numpy as np

from edgeci.conformance import tasks
from edgeci.conformance.subject import Subject
from edgeci.errors import ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.sentence_transformers import pooling
from edgeci.formats import gguf
from edgeci.formats.answer import assessed
from edgeci.types import Assessment, DataSource, Format, Items, ModelFile, Recipe, Target

WINDOW = 48
WINDOWS = 12


@dataclass(frozen=True)
class TensorFixture:
    """The model of edgeci.conformance.models, written once by a worker."""

    subject: Subject
    examine = staticmethod(tasks.of_tensors)

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
        told = self.subject.ask(tasks.tensor_fixture, self.folder)
        path = self.folder / "model.onnx"
        model = ModelFile(path=str(path), format="onnx", sha256="0" * 64, size_bytes=path.stat().st_size)
        return assessed(model, told)

    @property
    def calibration(self) -> Items:
        source = DataSource(path="calibration.npz")
        return Items(source=source, folder=str(self.model.parent), tensors=self.assessment.inputs)

    @property
    def expected(self) -> Array:
        """(items, classes) by the reference evaluator of the ONNX project."""
        answers: Array = np.load(self.model.parent / "expected.npy", allow_pickle=False)
        return answers

    def batch(self, *items: int) -> tasks.Batch:
        """A request for these items."""
        return tasks.Batch(feeds=str(self.model.parent / "calibration.npz"), inputs=("x",), items=items)

    @property
    def smallest(self) -> list[tasks.Batch]:
        return [self.batch(0)]


@dataclass(frozen=True)
class TextFixture:
    """A model of text on disk, and prose of the standard library as its own tokenizer cuts it."""

    subject: Subject
    model: Path

    @cached_property
    def assessment(self) -> Assessment:
        """As much of it as the backends' `propose` look at."""
        model = ModelFile(path=str(self.model), format=format_of(self.model), sha256="0" * 64, size_bytes=1)
        return Assessment(
            model=model,
            producer="",
            parameters=1,
            parameter_dtypes={"float32": 1},
            opsets={},
            operators={},
            inputs=(),
            outputs=(),
            kind=self.subject.kind,
        )

    @property
    def samples(self) -> Path:
        self.words  # noqa: B018 - which writes them
        return self.subject.folder / "samples.json"

    @cached_property
    def words(self) -> tasks.Words:
        texts = [topics[name] for name in ("assignment", "truth", "while")]
        save = self.subject.folder / "samples.json"
        return self.subject.ask(tasks.text_fixture, self.subject.name, self.model.absolute(), texts, WINDOW, save)

    @property
    def windows(self) -> list[list[int]]:
        return [list(window) for window in self.words.windows[:WINDOWS]]

    @property
    def calibration(self) -> Items:
        source = DataSource(path=self.samples.name)
        return Items(source=source, folder=str(self.subject.folder), kept=str(self.samples))

    @property
    def smallest(self) -> list[tasks.Prompt]:
        return [tasks.Prompt(tokens=self.words.windows[0])]

    @property
    def examine(self) -> Callable[[Path, Recipe, Target, list[tasks.Prompt], Path], tasks.Examined]:
        return EXAMINERS[self.subject.kind]


EXAMINERS = {"text": tasks.of_text, "embeddings": tasks.of_embeddings}


def kind_of(model: Path) -> str:
    """What a model of text says that it is for.

    Raises:
        ConfigError: neither a GGUF file nor a folder with config.json.
        InputRejected, BackendMissing: as the formats' `read`.
    """
    if format_of(model) == "gguf":
        return gguf.read(str(model)).kind
    return "text" if pooling(model) is None else "embeddings"


def format_of(model: Path) -> Format:
    """By its name, or what lies in the folder.

    Raises:
        ConfigError: no model of text.
    """
    if model.suffix == ".gguf":
        return "gguf"
    if (model / "config.json").is_file():
        return "mlx" if '"quantization"' in (model / "config.json").read_text(encoding="utf-8") else "huggingface"
    raise ConfigError(f"{model}: not a GGUF file, and not a folder with config.json")
