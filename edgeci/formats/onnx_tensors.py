"""What an ONNX tensor carries must be what its dims and its element type say: no count is believed.

The weights themselves are not read: of data in the file the length is known, of data beside it the file's size.
"""

from collections.abc import Iterable, Mapping
from math import prod
from typing import TYPE_CHECKING

from edgeci.formats.unsound import Unsound, shown

if TYPE_CHECKING:
    from onnx import SparseTensorProto, TensorProto

FIELDS = {
    "float_data": {"float32": 32, "complex64": 64},
    "double_data": {"float64": 64, "complex128": 128},
    "int64_data": {"int64": 64},
    "uint64_data": {"uint64": 64, "uint32": 32},
    "string_data": {"string": 0},
    "int32_data": {
        "int32": 32, "int16": 16, "int8": 8, "uint16": 16, "uint8": 8, "bool": 8, "float16": 16, "bfloat16": 16,
        "float8e4m3fn": 8, "float8e4m3fnuz": 8, "float8e5m2": 8, "float8e5m2fnuz": 8, "float8e8m0": 8,
        "float6e2m3": 6, "float6e3m2": 6, "int4": 4, "uint4": 4, "float4e2m1": 4, "int2": 2, "uint2": 2,
    },
}  # fmt: skip
"""Where data lie that are not raw (onnx.proto) -> element types, and bits of an element where they are raw."""
BITS = {name: (field, bits) for field, types in FIELDS.items() for name, bits in types.items()}
PARTS = {"complex64": 2, "complex128": 2}
PACKED = {"int4": 2, "uint4": 2, "float4e2m1": 2, "int2": 4, "uint2": 4}
"""Elements that share an entry of int32_data. (Those of six bits do not.)"""

MOST_DIMENSIONS = 32
MOST_ELEMENTS = 2**48
"""More than any file holds; the size of a hostile shape would have thousands of digits."""
MOST_DENSE = 2**32
"""Of a sparse tensor, which is small in the file and whole in memory."""
MOST_DIGITS = 19


def dtype_name(number: int) -> str:
    """NumPy's name of a dtype; ONNX's own where NumPy has none."""
    from onnx import TensorProto

    try:
        name = str(TensorProto.DataType.Name(number)).lower()
    except ValueError:
        raise Unsound(f"unknown element type {number}") from None
    return {"float": "float32", "double": "float64"}.get(name, name)


def elements(tensor: "TensorProto | SparseTensorProto", title: str) -> int:
    """As many as its dims say."""
    if len(tensor.dims) > MOST_DIMENSIONS or any(size < 0 for size in tensor.dims):
        raise Unsound(f"{title} has {len(tensor.dims)} dimensions or a negative one")
    count = int(prod(tensor.dims))
    if count > MOST_ELEMENTS:
        raise Unsound(f"{title} claims {count} elements")
    return count


def check_tensor(tensor: "TensorProto", sizes: Mapping[str, int]) -> None:
    """Whether the data are as many as the tensor says; `sizes` are those of the files beside the model.

    Raises:
        Unsound: they are not.
    """
    title = f"the tensor {shown(tensor.name)}"
    count, dtype = elements(tensor, title), dtype_name(tensor.data_type)
    if dtype not in BITS:
        raise Unsound(f"{title} has the element type {dtype}, of which nothing can be kept")
    field, bits = BITS[dtype]
    carried = {name: len(getattr(tensor, name)) for name in ("raw_data", *FIELDS) if len(getattr(tensor, name))}
    if tensor.data_location == tensor.EXTERNAL:
        if carried or dtype == "string":
            raise Unsound(f"{title} lies in a file, and yet has data here or is of strings, which cannot")
        check_place(tensor, -(-count * bits // 8), sizes, title)
    elif dtype != "string" and set(carried) <= {"raw_data"} and (carried or tensor.HasField("raw_data")):
        check_amount(
            carried.get("raw_data", 0), -(-count * bits // 8), f"{title}: {count} elements of {dtype}", "bytes"
        )
    else:
        if strangers := sorted(set(carried) - {field}):
            raise Unsound(f"{title}: {dtype} lies in {field}, and it has {strangers[0]}")
        entries = -(-count * PARTS.get(dtype, 1) // PACKED.get(dtype, 1))
        check_amount(carried.get(field, 0), entries, f"{title}: {count} elements of {dtype}", f"entries of {field}")


def check_amount(there: int, needed: int, what: str, unit: str) -> None:
    if there != needed:
        raise Unsound(f"{what} take {needed} {unit}, and {there} are there")


def check_place(tensor: "TensorProto", needed: int, sizes: Mapping[str, int], title: str) -> None:
    """Where the data begin in their file, and whether they end in it. (A length of 0 is the same as none.)"""
    entries = {entry.key: entry.value for entry in tensor.external_data}
    if len(entries) < len(tensor.external_data):
        raise Unsound(f"{title} says twice where it lies")
    offset, length = number(entries.get("offset", "0"), title), number(entries.get("length", "0"), title)
    if length not in (0, needed):
        raise Unsound(f"{title} takes {needed} bytes, and says that it has a length of {length}")
    if offset + needed > (size := sizes[entries["location"]]):
        raise Unsound(
            f"{title} ends at byte {offset + needed} of {shown(entries['location'])}, which has {size} (cut short?)"
        )


def number(text: str | bytes, title: str) -> int:
    if not isinstance(text, str) or not (text.isascii() and text.isdigit()) or len(text) > MOST_DIGITS:
        raise Unsound(f"{title} has an offset or a length of {shown(text)}")
    return int(text)


def check_sparse(tensors: Iterable["SparseTensorProto"]) -> None:
    """Whether there is an index for each value, and no dense tensor would fill the memory.

    Raises:
        Unsound: there is not, or it would.
    """
    for tensor in tensors:
        title = f"the sparse tensor {shown(tensor.values.name)}"
        values, indices = elements(tensor.values, title), elements(tensor.indices, title)
        if (dense := elements(tensor, title)) > MOST_DENSE or values > dense:
            raise Unsound(f"{title} claims {values} values of {dense}")
        if indices not in (values, values * len(tensor.dims)):
            raise Unsound(f"{title} has {values} values and {indices} indices")
