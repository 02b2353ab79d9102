"""Find backends by entry point and say what one must offer. Names are read from metadata; nothing is imported."""

import contextlib
import importlib.util
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import cast

from edgeci.backends.protocol import Backend, OperatorProfiler, TextBackend
from edgeci.errors import BackendMissing, ConfigError
from edgeci.evaluation.text import Tokenizer
from edgeci.types import Format, Task

GROUP = "edgeci.backends"


def operator_profiler(name: str) -> OperatorProfiler | None:
    """The backend's view into its runtime's own profiler; None where it offers none.

    Raises:
        ConfigError, BackendMissing: as `backend`.
    """
    return cast("OperatorProfiler | None", getattr(backend(name), "profile_operators", None))


def runs(name: str) -> Format | None:
    """The format a backend's candidates are in (`RUNS`, optional); None where it does not say.

    Raises:
        ConfigError, BackendMissing: as `backend`.
    """
    return cast("Format | None", getattr(backend(name), "RUNS", None))


def methods(name: str) -> frozenset[str]:
    """Every method a backend says it has (`METHODS`, optional): also those it does not propose by itself.

    Raises:
        ConfigError, BackendMissing: as `backend`.
    """
    return frozenset(getattr(backend(name), "METHODS", ()))


def keeps_worker(name: str) -> bool:
    """Whether recipes of one run may be made in one worker (`KEEPS_WORKER`, optional): its framework starts slowly.

    Raises:
        ConfigError, BackendMissing: as `backend`.
    """
    return bool(getattr(backend(name), "KEEPS_WORKER", False))


def tasks(name: str) -> frozenset[Task]:
    """What a backend's sessions can be asked (`TASKS`, optional): tensors, where it does not say.

    Raises:
        ConfigError, BackendMissing: as `backend`.
    """
    return cast("frozenset[Task]", getattr(backend(name), "TASKS", frozenset({"tensors"})))


def text_backend(name: str) -> TextBackend:
    """A backend for models of text.

    Raises:
        ConfigError: it is for tensors; or as `backend`.
        BackendMissing: as `backend`.
    """
    if "tensors" in tasks(name):
        raise ConfigError(f"backend {name} runs tensor models, not language models")
    return cast("TextBackend", backend(name))


def tokenizer(name: str, model: Path) -> Tokenizer:
    """The source model's own tokenizer: of a folder its tokenizer.json, of a file what the backend reads in it.

    Raises:
        ConfigError: the backend reads no tokenizer in such a file; or as `backend`.
        InputRejected: the tokenizer is damaged.
    """
    if model.is_dir():
        from edgeci.evaluation.huggingface_tokenizer import HuggingfaceTokenizer

        return HuggingfaceTokenizer(model)
    reader = cast("Callable[[Path], Tokenizer] | None", getattr(backend(name), "tokenizer", None))
    if reader is None:
        raise ConfigError(f"{name} reads no tokenizer in {model.name}; put a backend that does first in the target")
    return reader(model)


def found() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def names() -> list[str]:
    """Every backend that is declared, installed or not."""
    return sorted(found())


def version_of(name: str) -> str:
    """Of the package that a backend comes with.

    Raises:
        ConfigError: no such backend.
    """
    source = declared(name).dist
    return f"{source.name} {source.version}" if source else "unknown"


def importable() -> list[str]:
    """Names of the backends whose module can be imported; their frameworks need not be there."""
    found = []
    for name in names():
        with contextlib.suppress(BackendMissing):
            backend(name)
            found.append(name)
    return found


def backend(name: str) -> Backend:
    """The backend's module, without its framework.

    Raises:
        ConfigError: no such backend.
        BackendMissing: its module cannot be imported (a broken third-party package).
    """
    point = declared(name)
    try:
        return cast("Backend", point.load())
    except Exception as problem:  # a third party's module may fail in any way
        raise BackendMissing(f"backend {name} cannot be imported ({type(problem).__name__}: {problem})") from problem


def declared(name: str) -> EntryPoint:
    points = found()
    if name not in points:
        raise ConfigError(f"unknown backend {name!r}; known: {', '.join(points)}")
    return points[name]


def missing_imports(name: str) -> list[str]:
    """Imports the backend needs that this interpreter does not have."""
    return [module for module in backend(name).REQUIRES if importlib.util.find_spec(module) is None]
