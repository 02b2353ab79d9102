"""Find backends by entry point, and ask what they say of themselves. Names are read from metadata.

Every question raises ConfigError where there is no such backend, and BackendMissing where it cannot be imported.
"""

import contextlib
import importlib.util
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import cast

from edgeci import plugins
from edgeci.backends.protocol import Backend, OperatorProfiler, Optional
from edgeci.errors import BackendMissing, ConfigError
from edgeci.evaluation.text import Tokenizer
from edgeci.types import Format

GROUP = "edgeci.backends"


def backend(name: str) -> Backend:
    """The backend's module, without its framework."""
    return cast("Backend", plugins.loaded(GROUP, name))


def option(name: str, attribute: str) -> object:
    """What a backend says of an optional name, or what counts where it says nothing."""
    return getattr(backend(name), attribute, getattr(Optional, attribute))


def kinds(name: str) -> frozenset[str]:
    """Kinds of model it takes."""
    return cast("frozenset[str]", option(name, "KINDS"))


def runs(name: str) -> Format | None:
    """The format its candidates are in; None where it does not say."""
    return cast("Format | None", option(name, "RUNS"))


def methods(name: str) -> frozenset[str]:
    """Every method it says it has: also those it does not propose by itself."""
    return frozenset(cast("frozenset[str]", option(name, "METHODS")))


def keeps_worker(name: str) -> bool:
    """Whether recipes of one run may be made in one worker."""
    return bool(option(name, "KEEPS_WORKER"))


def operator_profiler(name: str) -> OperatorProfiler | None:
    """Its view into its runtime's own profiler; None where it offers none."""
    return cast("OperatorProfiler | None", option(name, "profile_operators"))


def tokenizer(name: str, model: Path) -> Tokenizer:
    """The source model's own tokenizer: of a folder its tokenizer.json, of a file what the backend reads in it.

    Raises:
        ConfigError: the backend reads no tokenizer in such a file.
        InputRejected: the tokenizer is damaged.
    """
    if model.is_dir():
        from edgeci.evaluation.huggingface_tokenizer import HuggingfaceTokenizer

        return HuggingfaceTokenizer(model)
    read = getattr(backend(name), "tokenizer", None)
    if read is None:
        raise ConfigError(f"{name} reads no tokenizer in {model.name}; put a backend that does first in the target")
    return cast("Tokenizer", read(model))


def declared() -> dict[str, EntryPoint]:
    return plugins.declared(GROUP)


def names() -> list[str]:
    """Every backend that is declared, installed or not."""
    return sorted(declared())


def version_of(name: str) -> str:
    """Of the package that a backend comes with."""
    source = plugins.point_of(GROUP, name).dist
    return f"{source.name} {source.version}" if source else "unknown"


def importable() -> list[str]:
    """Names of the backends whose module can be imported; their frameworks need not be there."""
    able = []
    for name in names():
        with contextlib.suppress(BackendMissing):
            backend(name)
            able.append(name)
    return able


def missing_imports(name: str) -> list[str]:
    """Imports the backend needs that this interpreter does not have."""
    return [module for module in backend(name).REQUIRES if importlib.util.find_spec(module) is None]
