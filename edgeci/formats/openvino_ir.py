"""Read an OpenVINO IR's model.xml without OpenVINO and without its weights.

The file is parsed as a stream: no tree, no document type, so no entities that grow.
"""

from collections import Counter
from math import prod
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from edgeci.errors import InputRejected

DTYPES = {
    "f64": "float64", "f32": "float32", "f16": "float16", "bf16": "bfloat16", "boolean": "bool",
    "i64": "int64", "i32": "int32", "i16": "int16", "i8": "int8", "i4": "int4",
    "u64": "uint64", "u32": "uint32", "u16": "uint16", "u8": "uint8", "u4": "uint4", "u1": "uint1",
}  # fmt: skip
"""NumPy's name of an element type; types that NumPy has not keep OpenVINO's name."""
MOST_DIMENSIONS = 32
MOST_DIGITS = 19
"""More would make the product of a hostile shape expensive."""


def parameter_dtypes(xml_path: str | Path) -> dict[str, int]:
    """Elements of constants per dtype, those in bodies of loops and branches included.

    Raises:
        InputRejected: not an IR, damaged, or with a document type.
    """
    found: Counter[str] = Counter()
    path: list[str] = []
    layer_types: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if not path and tag != "net":
            raise InputRejected(f"{xml_path}: not an OpenVINO IR (starts with <{tag}>)")
        if path[-1:] == ["layer"] and tag == "data" and layer_types[-1] == "Const":
            element_type = attributes.get("element_type", "unknown")
            found[DTYPES.get(element_type, element_type)] += elements(attributes.get("shape", ""), xml_path)
        if tag == "layer":
            layer_types.append(attributes.get("type", ""))
        path.append(tag)

    def end(tag: str) -> None:
        path.pop()
        if tag == "layer":
            layer_types.pop()

    def refuse(*_: object) -> NoReturn:
        raise InputRejected(f"{xml_path}: has a document type; an OpenVINO IR has none")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = refuse
    try:
        with Path(xml_path).open("rb") as stream:
            parser.ParseFile(stream)
    except expat.ExpatError as problem:
        raise InputRejected(f"{xml_path}: not an OpenVINO IR, or cut short ({problem})") from problem
    return dict(sorted(found.items()))


def elements(shape: str, xml_path: str | Path) -> int:
    """`64,3,3` -> 576; a scalar has an empty shape."""
    sizes = [size.strip() for size in shape.split(",")] if shape.strip() else []
    sensible = all(size.isascii() and size.isdigit() and len(size) <= MOST_DIGITS for size in sizes)
    if not sensible or len(sizes) > MOST_DIMENSIONS:
        raise InputRejected(f"{xml_path}: a constant has the shape {shape[:80]!r}")
    return prod(map(int, sizes))
