"""Count what MLX packs: 32-bit words that hold several weights each, with scales and biases beside them."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from edgeci.errors import InputRejected
from edgeci.formats.safetensors import Header

WORD_BITS = 32
BITS = (2, 3, 4, 5, 6, 8)
MODES = ("affine", "mxfp4", "mxfp8", "nvfp4")


def quantization(config: Mapping[str, JsonValue]) -> dict[str, JsonValue] | None:
    """How mlx-lm quantized; None where it did not. (Other tools write `quantization_config` and no group_size here.)"""
    stated = config.get("quantization")
    return stated if isinstance(stated, dict) and {"group_size", "bits"} <= stated.keys() else None


def counted(
    folder: Path, config: Mapping[str, JsonValue], headers: Mapping[str, Header]
) -> tuple[Counter[str], Counter[str]]:
    """Elements per dtype of weights, and of the scales and biases of packed weights.

    Raises:
        InputRejected: bits that MLX has not, or packed words that are not as many as their scales say.
    """
    tensors = {name: entry for header in headers.values() for name, entry in header.tensors.items()}
    settings = quantization(config)
    weights: Counter[str] = Counter()
    scales: Counter[str] = Counter()
    for name, (dtype, elements) in tensors.items():
        layer, _, kind = name.rpartition(".")
        is_packed = settings is not None and tensors.get(f"{layer}.weight", ("", 0))[0] == "uint32"
        if is_packed and kind in ("scales", "biases"):
            scales[dtype] += elements
        elif is_packed and kind == "weight":
            assert settings is not None
            title, count = unpacked(folder, settings, layer, elements, tensors.get(f"{layer}.scales"))
            weights[title] += count
        else:
            weights[dtype] += elements
    return weights, scales


def unpacked(
    folder: Path, settings: dict[str, JsonValue], layer: str, words: int, scales: tuple[str, int] | None
) -> tuple[str, int]:
    """What the words of a layer hold: its own settings count before the model's."""
    own = settings.get(layer)
    chosen = settings | own if isinstance(own, dict) else settings
    bits, group, mode = chosen["bits"], chosen["group_size"], chosen.get("mode", "affine")
    if type(bits) is not int or bits not in BITS or type(group) is not int or mode not in MODES:
        asked = f"{repr(bits)[:20]} bits, groups of {repr(group)[:20]}, mode {repr(mode)[:20]}"
        raise InputRejected(f"{folder}/config.json: {layer[:80]!r} is quantized as nothing MLX knows ({asked})")
    elements = words * WORD_BITS // bits
    if scales is not None and scales[1] * group != elements:
        raise InputRejected(
            f"{folder}: config.json says {bits} bits in groups of {group}, but {layer[:80]!r} has {words} words and "
            f"{scales[1]} scales"
        )
    return (f"int{bits}" if mode == "affine" else str(mode)), elements
