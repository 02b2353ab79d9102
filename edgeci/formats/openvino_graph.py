"""One pass over an OpenVINO IR's model.xml: its layers counted, its constants believed only as far as they add up.

The file is parsed as a stream: no tree, no document type, so no entities that grow.
"""

import re
from collections import Counter
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from edgeci.errors import InputRejected
from edgeci.formats.answer import check_count
from edgeci.formats.openvino_numbers import MOST_DIGITS, MOST_DIMENSIONS, dimension, elements, is_number
from edgeci.formats.unsound import Unsound, shown
from edgeci.types import Tensor

DTYPES = {
    "f64": ("float64", 64), "f32": ("float32", 32), "f16": ("float16", 16), "bf16": ("bfloat16", 16),
    "boolean": ("bool", 8), "i64": ("int64", 64), "i32": ("int32", 32), "i16": ("int16", 16), "i8": ("int8", 8),
    "i4": ("int4", 4), "u64": ("uint64", 64), "u32": ("uint32", 32), "u16": ("uint16", 16), "u8": ("uint8", 8),
    "u4": ("uint4", 4), "u1": ("uint1", 1), "nf4": ("nf4", 4), "f8e4m3": ("f8e4m3", 8), "f8e5m2": ("f8e5m2", 8),
    "u2": ("uint2", 2), "f4e2m1": ("f4e2m1", 4), "f8e8m0": ("f8e8m0", 8), "u3": ("uint3", 3), "u6": ("uint6", 6),
    "string": ("string", 32),
}  # fmt: skip
"""Element type -> NumPy's name (OpenVINO's own where NumPy has none), bits."""
AT_LEAST = ("u3", "u6", "string")
"""Padded, or as long as they are: these take that many bits, and more."""
NOT_OPERATORS = ("Parameter", "Result", "Const")
FIRST_NAME = re.compile(r"(?:[^\\,]|\\.)*")
"""Of a comma-separated list in which commas of a name are escaped."""


class Graph:
    """What one pass over the elements finds."""

    def __init__(self, path: str | Path) -> None:
        self.path = path
        self.tags: list[str] = []
        self.layers: list[dict[str, str]] = []
        """Attributes of the layers that are open, innermost last."""
        self.ports: list[tuple[dict[str, str], list[str]]] = []
        """Attributes and dimensions of each port of the layer that was opened last."""
        self.version = 0
        self.producer = ""
        self.weight_bytes = 0
        self.dtypes: Counter[str] = Counter()
        self.operators: Counter[str] = Counter()
        self.inputs: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self.parse()

    def parse(self) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = self.start, self.end
        parser.CharacterDataHandler = self.text
        parser.StartDoctypeDeclHandler = self.refuse_document_type
        parser.buffer_text = True
        try:
            with Path(self.path).open("rb") as stream:
                parser.ParseFile(stream)
        except (expat.ExpatError, ValueError) as problem:
            raise InputRejected(f"{self.path}: not an OpenVINO IR, or cut short ({problem})") from problem

    def refuse_document_type(self, *_: object) -> NoReturn:
        raise InputRejected(f"{self.path}: has a document type; an OpenVINO IR has none")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self.tags:
            self.version = self.ir_version(tag, attributes)
        if self.tags[-1:] == ["layer"] and tag == "data" and self.layers[-1].get("type") == "Const":
            self.count_constant(attributes)
        elif tag == "layer":
            self.layers.append(attributes)
            self.ports = []
        elif tag == "port":
            self.ports.append((attributes, []))
        elif tag == "dim" and self.ports:
            self.ports[-1][1].append("")
        elif tag == "Runtime_version":
            self.producer = f"OpenVINO {attributes.get('value', '')}"
        self.tags.append(tag)

    def text(self, text: str) -> None:
        if self.tags[-1] == "dim" and self.ports:
            self.ports[-1][1][-1] = (self.ports[-1][1][-1] + text)[: MOST_DIGITS + 1]

    def end(self, tag: str) -> None:
        self.tags.pop()
        if tag == "layer":
            self.count_layer(self.layers.pop(), is_outermost=self.tags == ["net", "layers"])
            self.ports = []

    def ir_version(self, tag: str, attributes: dict[str, str]) -> int:
        if tag != "net":
            raise InputRejected(f"{self.path}: not an OpenVINO IR (starts with <{tag[:80]}>)")
        version = attributes.get("version", "")
        return int(version) if version.isascii() and version.isdigit() and len(version) < 4 else 0

    def count_constant(self, data: dict[str, str]) -> None:
        """Elements by dtype, and how far into the .bin it reaches."""
        element_type = data.get("element_type", "")
        if element_type not in DTYPES:
            raise Unsound(f"a constant has the unknown element type {shown(element_type)}")
        name, bits = DTYPES[element_type]
        count = elements(data.get("shape", ""), self.path)
        offset, size = self.size(data, "offset"), self.size(data, "size")
        if size != (needed := -(-count * bits // 8)) and not (element_type in AT_LEAST and size > needed):
            raise InputRejected(
                f"{self.path}: a constant of {count} elements of {element_type} does not take {size} bytes"
            )
        self.dtypes[name] += count
        self.weight_bytes = max(self.weight_bytes, offset + size)

    def size(self, data: dict[str, str], name: str) -> int:
        value = data.get(name, "0").strip()
        if not is_number(value):
            raise InputRejected(f"{self.path}: a constant has the {name} {value[:80]!r}")
        return int(value)

    def count_layer(self, layer: dict[str, str], is_outermost: bool) -> None:
        kind = layer.get("type", "")
        if kind not in NOT_OPERATORS:
            self.operators[kind[:80]] += 1
            check_count(len(self.operators), "operators")
        elif is_outermost and kind == "Parameter":
            self.inputs.append(self.tensor(layer, "names"))
            check_count(len(self.inputs), "inputs")
        elif is_outermost and kind == "Result":
            self.outputs.append(self.tensor(layer, "output_names"))
            check_count(len(self.outputs), "outputs")

    def tensor(self, layer: dict[str, str], key: str) -> Tensor:
        """The layer's only port; a tensor is asked for by its first name, not by the layer's."""
        port, sizes = self.ports[0] if self.ports else ({}, [])
        if len(sizes) > MOST_DIMENSIONS:
            raise InputRejected(f"{self.path}: {layer.get('name', '')[:80]!r} has {len(sizes)} dimensions")
        first = FIRST_NAME.match((port | layer).get(key, ""))
        name = first[0].replace("\\,", ",") if first and first[0] else layer.get("name", "")
        precision = port.get("precision", "").lower().replace("fp", "f").replace("bool", "boolean")
        dtype = DTYPES.get(precision, (precision[:40] or "unknown", 0))[0]
        return Tensor(name=name, dtype=dtype, shape=tuple(dimension(size) for size in sizes))
