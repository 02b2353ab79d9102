"""What a GGUF file's tensors really are."""

from collections import Counter
from math import prod
from pathlib import Path

from edgeci.errors import InputRejected

PLAIN = frozenset({"F32", "F16", "BF16", "F64", "I8", "I16", "I32", "I64"})
BLOCK = 256
"""Numbers that a k-quant or i-quant packs together; a row must be a multiple of it."""


def tensors(model: Path) -> list[tuple[str, str, list[int]]]:
    """Name, type and shape (rows' length first) of every tensor.

    Raises:
        InputRejected: not a GGUF file.
    """
    from gguf import GGUFReader

    try:
        return [
            (each.name, each.tensor_type.name, [int(size) for size in each.shape]) for each in GGUFReader(model).tensors
        ]
    except (OSError, ValueError, KeyError, IndexError) as problem:
        raise InputRejected(f"{model.name}: not a GGUF file ({problem})") from problem


def quantized_types(model: Path) -> list[str]:
    """Types of its tensors that are no plain numbers; empty where nothing is quantized."""
    return sorted({kind for _, kind, _ in tensors(model)} - PLAIN)


def composition(model: Path) -> str:
    """Share of the weights and number of tensors per type, `Q5_0 58% (166), Q8_0 22% (15)`, largest first."""
    elements: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for _, kind, shape in tensors(model):
        elements[kind] += prod(shape)
        counts[kind] += 1
    total = sum(elements.values()) or 1
    shares = [f"{kind} {size / total:.0%} ({counts[kind]})" for kind, size in elements.most_common()]
    return ", ".join(shares)


def odd_rows(model: Path) -> list[int]:
    """Lengths of rows that 256 does not divide, of matrices: k-quants and most i-quants fall back there."""
    return sorted({shape[0] for _, _, shape in tensors(model) if len(shape) > 1 and shape[1] > 1 and shape[0] % BLOCK})
