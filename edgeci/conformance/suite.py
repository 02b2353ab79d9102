"""The checks of one backend, ready for a test runner: call each."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edgeci.backends import registry
from edgeci.config import Limits
from edgeci.conformance.common_checks import COMMON
from edgeci.conformance.fixtures import TensorFixture, TextFixture
from edgeci.conformance.subject import Subject
from edgeci.conformance.tensor_checks import TENSORS
from edgeci.conformance.text_checks import TEXT
from edgeci.errors import ConfigError


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

    A backend of language models needs a `model`: a GGUF file, or a folder with config.json, weights and tokenizer;
    small, because every proposed recipe is made of it. `interpreter` is the Python that has the framework.

    Raises:
        ConfigError: no such backend, one of language models and no model, or one that only embeds.
        BackendMissing: its module cannot be imported.
    """
    subject = Subject(name, interpreter, limits or Limits(timeout_seconds=300))
    if registry.tasks(name) == {"embeddings"}:
        raise ConfigError(f"{name} only embeds texts, which the suite does not examine")
    if subject.task == "tensors":
        if model is not None:
            raise ConfigError(f"{name} is examined on a model of the suite's own; leave `model` out")
        subject.fixture = TensorFixture(subject)
    elif model is None:
        raise ConfigError(f"{name} runs language models: give one, checks({name!r}, model='path')")
    else:
        subject.fixture = TextFixture(subject, Path(model))
    return [Check(promise, subject) for promise in (*COMMON, *(TEXT if subject.task == "text" else TENSORS))]
