"""Read what a file says of itself: a model before it is let in, a candidate once it is made."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from edgeci.formats import gguf, huggingface, openvino_ir, safetensors
from edgeci.formats import onnx as onnx_format
from edgeci.types import Format

READERS: dict[Format, Callable[[str], dict[str, Any]]] = {
    "onnx": onnx_format.read,
    "openvino_ir": openvino_ir.read,
    "gguf": gguf.read,
    "huggingface": huggingface.read,
    "mlx": huggingface.read,
    "safetensors": safetensors.read,
}
"""Who reads what `sniff` recognised."""
WEIGHTS: dict[str, Callable[[str], dict[str, int]]] = {
    ".onnx": onnx_format.tensor_types,
    ".xml": openvino_ir.parameter_dtypes,
    ".gguf": gguf.tensor_types,
    ".json": huggingface.tensor_types,
    ".safetensors": huggingface.tensor_types,
}
"""Elements per dtype, by the suffix of a candidate's main file; of a folder that is its config.json or its weights."""


def assess(path: str, kind: Format = "onnx") -> dict[str, Any]:
    """What the model says about itself.

    Raises:
        InputRejected, BackendMissing: as the format's `read`.
    """
    return READERS[kind](path)


def precision(main: Path) -> str:
    """Share of weights per dtype as the file holds them, largest first."""
    dtypes = WEIGHTS.get(main.suffix, onnx_format.tensor_types)(str(main))
    total = sum(dtypes.values()) or 1
    shares = sorted(((count / total, name) for name, count in dtypes.items()), reverse=True)
    return ", ".join(f"{name} {share:.0%}" for share, name in shares if share >= 0.005) or "no weights"
