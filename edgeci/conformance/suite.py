"""The checks of one backend, ready for a test runner: call each."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from edgeci.backends import registry
from edgeci.config import Limits
from edgeci.conformance.common_checks import COMMON
from edgeci.conformance.embedding_checks import EMBEDDINGS
from edgeci.conformance.fixtures import TensorFixture, TextFixture, kind_of
from edgeci.conformance.subject import Fixture, Subject
from edgeci.conformance.tensor_checks import TENSORS
from edgeci.conformance.text_checks import TEXT
from edgeci.errors import ConfigError

OF_OUR_OWN = {"tensors": (TENSORS, TensorFixture)}
"""Promises by the kind of model that the suite builds itself, and that model."""
OF_TEXT = {"text": TEXT, "embeddings": EMBEDDINGS}
"""Promises by the kind of model that is given."""


@dataclass(frozen=True)
class Check:
    """One promise, and the backend that is held to it. Calling it raises Nonconformity, or returns."""

    promise: Callable[[Subject], None]
    subject: Subject

    def __call__(self) -> None:
        self.promise(self.subject)

    def __str__(self) -> str:
        return self.promise.__name__

    @property
    def title(self) -> str:
        """Backend and promise."""
        return f"{self.subject.name}-{self}"

    @property
    def sentence(self) -> str:
        """What is promised."""
        return " ".join((self.promise.__doc__ or "").split())


def checks(
    name: str, model: Path | str | None = None, interpreter: str = sys.executable, limits: Limits | None = None
) -> list[Check]:
    """Every check of a backend, by the name of its entry point. Nothing is run before the first is called.

    A backend of language or embedding models needs a `model`: a GGUF file, or a folder with config.json, weights and
    tokenizer; small, because every proposed recipe is made of it. A backend that takes both is examined in what the
    model is for. `interpreter` is the Python that has the framework.

    Raises:
        ConfigError: no such backend, one of models of text and no model, or a model that it does not say it takes.
        BackendMissing: its module cannot be imported.
    """
    kinds, limits = registry.kinds(name), limits or Limits(timeout_seconds=300)
    for kind in kinds & OF_OUR_OWN.keys():
        if model is not None:
            raise ConfigError(f"{name} is examined on a model of the suite's own; leave `model` out")
        promises, fixture = OF_OUR_OWN[kind]
        return held_to(promises, Subject(name, kind, interpreter, limits), fixture)
    if model is None:
        raise ConfigError(f"{name} runs models of text: give one, checks({name!r}, model='path')")
    kind = kind_of(Path(model))
    if kind not in kinds:
        raise ConfigError(f"{model} is for {kind}, and {name} is for {', '.join(sorted(kinds))}")
    subject = Subject(name, kind, interpreter, limits)
    return held_to(OF_TEXT[kind], subject, lambda it: TextFixture(it, Path(model)))


def held_to(
    promises: Iterable[Callable[[Subject], None]], subject: Subject, fixture: Callable[[Subject], Fixture]
) -> list[Check]:
    subject.fixture = fixture(subject)
    return [Check(promise, subject) for promise in (*COMMON, *promises)]
