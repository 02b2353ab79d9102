"""Read what a file says of itself: a model before it is let in, a candidate once it is made."""

from pathlib import Path

from edgeci.formats.answer import Answer
from edgeci.formats.catalogue import CATALOGUE, tensor_counter
from edgeci.types import Format


def assess(path: str, kind: Format = "onnx") -> Answer:
    """What the model says about itself.

    Raises:
        InputRejected, BackendMissing: as the format's `read`.
    """
    return CATALOGUE[kind].read(path)


def precision(main: Path) -> str:
    """Share of weights per dtype as the file holds them, largest first."""
    dtypes = tensor_counter(main.suffix)(str(main))
    total = sum(dtypes.values()) or 1
    shares = sorted(((count / total, name) for name, count in dtypes.items()), reverse=True)
    return ", ".join(f"{name} {share:.0%}" for share, name in shares if share >= 0.005) or "no weights"
