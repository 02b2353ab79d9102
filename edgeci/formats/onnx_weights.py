"""How many weights an ONNX file holds, and in which files beside it they lie."""

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from edgeci.errors import InputRejected
from edgeci.formats.answer import check_count
from edgeci.formats.location import check_location
from edgeci.formats.onnx_tensors import dtype_name, elements
from edgeci.formats.onnx_values import operator_name, text
from edgeci.formats.unsound import Unsound, shown
from edgeci.regular_files import opened

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

PACKED_INPUT = {"com.microsoft.MatMulNBits": 1, "com.microsoft.GatherBlockQuantized": 0}
"""Which input of an operator is weights of several bits, packed into bytes."""


def counted(weights: Iterable["TensorProto"], packed: dict[str, int]) -> Counter[str]:
    """Elements per dtype; bytes in which ONNX Runtime keeps several weights count as what they hold."""
    dtypes: Counter[str] = Counter()
    for tensor in weights:
        dtype, count = dtype_name(tensor.data_type), elements(tensor, f"the tensor {shown(tensor.name)}")
        bits = packed.get(tensor.name)
        if bits is not None and dtype == "uint8":
            dtypes[f"int{bits}"] += count * 8 // bits
        else:
            dtypes[dtype] += count
    return dtypes


def packed_bits(nodes: Iterable["NodeProto"]) -> dict[str, int]:
    """Weight -> bits of one element, where an operator takes it packed into bytes."""
    packed: dict[str, int] = {}
    for node in nodes:
        place = PACKED_INPUT.get(operator_name(node))
        if place is not None and place < len(node.input):
            bits = next((attribute.i for attribute in node.attribute if attribute.name == "bits"), 4)
            if bits in (2, 4, 8):
                packed[node.input[place]] = bits
    return packed


def external_files(tensors: Iterable["TensorProto"], model: Path) -> dict[str, int]:
    """The files beside the model by their locations, and their sizes; all lie in its folder before one is opened.

    Raises:
        InputRejected: outside the folder, not there, no regular file, or not fetched by Git LFS.
    """
    locations: dict[str, Path] = {}
    for tensor in tensors:
        if tensor.data_location == tensor.EXTERNAL:
            named = [text(entry.value) for entry in tensor.external_data if entry.key == "location"]
            if len(named) != 1:
                raise Unsound(f"the tensor {shown(tensor.name)} has {len(named)} external locations")
            if named[0] not in locations:
                locations[named[0]] = check_location(named[0], model)
                check_count(len(locations), "external")
    return {location: size_beside(path, location, model) for location, path in locations.items()}


def size_beside(path: Path, location: str, model: Path) -> int:
    if path == model:
        raise Unsound(f"its weights are said to lie in {shown(location)}, which is the model itself")
    if not path.is_symlink() and not path.exists():
        raise InputRejected(
            f"{model}: weights of it lie in {shown(location)}, which is not there; put that file beside the model "
            "(an export writes both, and neither is whole without the other)"
        )
    with opened(path, sys.maxsize) as stream:
        return stream.seek(0, 2)
