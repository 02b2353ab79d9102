"""Walk a GGUF file's header without believing it (ggml's docs/gguf.md, versions 2 and 3).

Every count and length is checked against what is left of the file before it is believed, and arrays are stepped over
and only counted.
"""

from dataclasses import dataclass
from math import prod
from pathlib import Path

from edgeci.formats.gguf_stream import ARRAY, SCALARS, STRING, Stream, Value
from edgeci.formats.unsound import naming

BLOCKS = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 40), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8), 28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66), 39: ("MXFP4", 32, 17),
    40: ("NVFP4", 64, 36), 41: ("Q1_0", 128, 18),
}  # fmt: skip
"""ggml type -> name, elements of a block, bytes of a block."""
MOST_METADATA = 65_536
MOST_TENSORS = 262_144
MOST_TEXT_BYTES = 1 << 18
"""Of one kept text; chat templates have a few thousand. Longer ones are stepped over."""
MOST_DIMENSIONS = 4
MOST_ELEMENTS = 2**48
LARGEST_ALIGNMENT = 1 << 20
KIND = "GGUF file"


@dataclass(frozen=True)
class Header:
    """What a file says it holds."""

    metadata: dict[str, Value]
    """Numbers and texts by key."""
    lengths: dict[str, int]
    """Of arrays, and of texts too long to keep, by key."""
    tensors: list[tuple[str, int]]
    """Type and elements of each."""


def read_header(path: str) -> Header:
    """The header of one file.

    Raises:
        InputRejected: not GGUF, cut short, or a count, length, type or offset that cannot be.
    """
    with naming(path, KIND), Path(path).open("rb") as stream:
        return Walk(stream).header()


class Walk(Stream):
    """From the file's first byte to the end of its header."""

    def header(self) -> Header:
        if self.take(4) != b"GGUF":
            self.refuse("it does not start with GGUF")
        self.check_version(self.number("I"))
        tensors = self.count(MOST_TENSORS, 24, "tensors")
        metadata, lengths = self.metadata(self.count(MOST_METADATA, 12, "metadata entries"))
        if not tensors:
            self.refuse("it holds no weights (a vocabulary alone?)")
        return Header(metadata, lengths, self.tensors(tensors, self.alignment(metadata)))

    def check_version(self, version: int) -> None:
        if version not in (2, 3):
            reason = "it is big-endian, which no runtime here reads" if version > 0xFFFF else f"version {version}"
            self.refuse(f"{reason}; versions 2 and 3 are read, so convert the model again with a current llama.cpp")

    def metadata(self, entries: int) -> tuple[dict[str, Value], dict[str, int]]:
        """As Header has them."""
        values: dict[str, Value] = {}
        lengths: dict[str, int] = {}
        for _ in range(entries):
            key = self.name("the key")
            if key in values or key in lengths:
                self.refuse(f"the key {key!r} is given twice")
            kind = self.number("I")
            if kind == ARRAY:
                lengths[key] = self.skip_array(key)
            elif kind == STRING:
                length = self.number("Q")
                if length > MOST_TEXT_BYTES:
                    self.skip(length, f"the text of {key!r}")
                    lengths[key] = length
                else:
                    values[key] = self.text(length)
            elif kind in SCALARS:
                values[key] = self.scalar(SCALARS[kind])
            else:
                self.refuse(f"the key {key!r} has the unknown type {kind}")
        return values, lengths

    def tensors(self, count: int, step: int) -> list[tuple[str, int]]:
        """Type and elements of each; they must lie in the file, one after the other as ggml demands."""
        tensors: list[tuple[str, int]] = []
        names: set[str] = set()
        expected = end = 0
        for _ in range(count):
            name = self.name("the tensor")
            if name in names:
                self.refuse(f"the tensor {name!r} is given twice")
            names.add(name)
            dtype, elements, size = self.tensor(name)
            offset = self.number("Q")
            if offset != expected:
                self.refuse(f"the tensor {name!r} starts at byte {offset} of the data instead of {expected}")
            end = offset + size
            expected = -(-end // step) * step
            tensors.append((dtype, elements))
        start = -(-self.position // step) * step
        if start + end > self.size:
            self.refuse(f"cut short: its tensors end at byte {start + end}, the file at {self.size}")
        return tensors

    def tensor(self, name: str) -> tuple[str, int, int]:
        """Type, elements and bytes."""
        dimensions = self.number("I")
        if not 1 <= dimensions <= MOST_DIMENSIONS:
            self.refuse(f"the tensor {name!r} has {dimensions} dimensions")
        shape = [self.number("Q") for _ in range(dimensions)]
        elements, kind = prod(shape), self.number("I")
        if not 0 < elements <= MOST_ELEMENTS:
            self.refuse(f"the tensor {name!r} has the shape {shape}")
        if kind not in BLOCKS:
            self.refuse(f"the tensor {name!r} has the unknown type {kind}")
        dtype, block, block_bytes = BLOCKS[kind]
        if shape[0] % block:
            self.refuse(f"the tensor {name!r} has rows of {shape[0]}, which are no blocks of {block} as {dtype} has")
        return dtype, elements, elements // block * block_bytes

    def alignment(self, metadata: dict[str, Value]) -> int:
        step = metadata.get("general.alignment", 32)
        if type(step) is not int or not 0 < step <= LARGEST_ALIGNMENT or step & (step - 1):
            self.refuse(f"an alignment of {str(step)[:40]!r}, which is no power of two")
        return step
