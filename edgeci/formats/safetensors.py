"""Read a safetensors file's header: names, dtypes and shapes, no weights (the format's README).

The header's length, every offset and every size is checked against the file before it is believed.
"""

import struct
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import NoReturn, TypeGuard

from pydantic import JsonValue

from edgeci.errors import BackendMissing, InputRejected
from edgeci.plain_json import parsed
from edgeci.regular_files import opened

DTYPES = {
    "F64": ("float64", 64), "F32": ("float32", 32), "F16": ("float16", 16), "BF16": ("bfloat16", 16),
    "F8_E4M3": ("float8_e4m3fn", 8), "F8_E4M3FNUZ": ("float8_e4m3fnuz", 8), "F8_E5M2": ("float8_e5m2", 8),
    "F8_E5M2FNUZ": ("float8_e5m2fnuz", 8), "F8_E8M0": ("float8_e8m0fnu", 8), "F6_E2M3": ("float6_e2m3fn", 6),
    "F6_E3M2": ("float6_e3m2fn", 6), "F4": ("float4_e2m1fn", 4), "C64": ("complex64", 64), "I64": ("int64", 64),
    "I32": ("int32", 32), "I16": ("int16", 16), "I8": ("int8", 8), "U64": ("uint64", 64), "U32": ("uint32", 32),
    "U16": ("uint16", 16), "U8": ("uint8", 8), "BOOL": ("bool", 8),
}  # fmt: skip
"""safetensors' name of a dtype -> NumPy's (or ml_dtypes'), bits of an element."""
LONGEST_HEADER = 32 << 20
"""Bytes. The format allows three times as many; thirty thousand tensors take four million."""
MOST_DIMENSIONS = 32
MOST_ELEMENTS = 2**48


@dataclass(frozen=True)
class Header:
    """What a file says it holds."""

    tensors: dict[str, tuple[str, int]]
    """Name -> dtype and elements."""
    metadata: dict[str, JsonValue]

    @property
    def dtypes(self) -> Counter[str]:
        """Elements per dtype."""
        counted: Counter[str] = Counter()
        for dtype, elements in self.tensors.values():
            counted[dtype] += elements
        return counted


def read(path: str) -> NoReturn:
    """A file alone is no model: the weights are there, what to compute with them is not.

    Raises:
        InputRejected: as read_header.
        BackendMissing: always, if it is sound.
    """
    count = len(read_header(path).tensors)
    raise BackendMissing(
        f"{path}: {count} tensors and no word on what to do with them; give the Hugging Face folder they belong to, "
        "with config.json and tokenizer.json"
    )


def read_header(path: str | Path) -> Header:
    """The header of one file.

    Raises:
        InputRejected: no regular file, not fetched by Git LFS, not safetensors, a header that is longer than the file,
            or offsets that do not fit the data.
    """
    with opened(Path(path), sys.maxsize) as stream:
        size = stream.seek(0, 2)
        stream.seek(0)
        start = stream.read(8)
        if len(start) < 8:
            refuse(path, f"{size} bytes, less than the length of its header takes")
        (length,) = struct.unpack("<Q", start)
        if length > size - 8:
            refuse(path, f"a header of {length} bytes in a file of {size} (cut short?)")
        if length > LONGEST_HEADER:
            refuse(path, f"a header of {length} bytes; at most {LONGEST_HEADER} are read")
        text = stream.read(length)
    content = parsed(text, f"{path}: not a sound safetensors file: its header", unique=True)
    metadata = content.pop("__metadata__", {})
    if not isinstance(metadata, dict):
        refuse(path, "its __metadata__ is no object")
    return Header(checked(path, content, size - 8 - length), metadata)


def checked(path: str | Path, content: Mapping[str, JsonValue], data_bytes: int) -> dict[str, tuple[str, int]]:
    """Name -> dtype and elements; the tensors must fill the data without gaps and without overlaps."""
    tensors: dict[str, tuple[str, int]] = {}
    places: list[tuple[int, int, str]] = []
    for name, entry in content.items():
        dtype, elements, begin, end = tensor(path, name, entry)
        tensors[name] = (dtype, elements)
        places.append((begin, end, name))
    reached = 0
    for begin, end, name in sorted(places):
        if begin != reached:
            refuse(path, f"the tensor {name[:80]!r} starts at byte {begin}, the one before it ends at {reached}")
        reached = end
    if reached != data_bytes:
        refuse(path, f"its tensors take {reached} bytes, the file holds {data_bytes} (cut short?)")
    return tensors


def tensor(path: str | Path, name: str, entry: JsonValue) -> tuple[str, int, int, int]:
    """Dtype, elements and the two offsets of one tensor."""
    what = f"the tensor {name[:80]!r}"
    if not isinstance(entry, dict) or not {"dtype", "shape", "data_offsets"} <= entry.keys():
        refuse(path, f"{what} lacks dtype, shape or data_offsets")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in DTYPES:
        refuse(path, f"{what} has the unknown dtype {repr(dtype)[:40]}")
    if not are_sizes(shape, MOST_DIMENSIONS) or prod(shape) > MOST_ELEMENTS:
        refuse(path, f"{what} has the shape {repr(shape)[:80]}")
    if not are_sizes(offsets, 2) or len(offsets) != 2 or offsets[0] > offsets[1]:
        refuse(path, f"{what} has the offsets {repr(offsets)[:80]}")
    numpy_name, bits = DTYPES[dtype]
    (begin, end), elements = offsets, prod(shape)
    if elements * bits != (end - begin) * 8:
        refuse(path, f"{what}: {elements} elements of {dtype} do not take {end - begin} bytes")
    return numpy_name, elements, begin, end


def are_sizes(values: object, most: int) -> TypeGuard[list[int]]:
    """Whether it is a list of so many whole numbers at most, none of them absurd."""
    return (
        isinstance(values, list)
        and len(values) <= most
        and all(type(value) is int and 0 <= value <= MOST_ELEMENTS for value in values)
    )


def refuse(path: str | Path, what: str) -> NoReturn:
    raise InputRejected(f"{path}: not a sound safetensors file: {what}")
