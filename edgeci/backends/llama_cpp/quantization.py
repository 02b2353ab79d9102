"""llama.cpp's quantization of a GGUF file."""

import ctypes
from pathlib import Path

from edgeci.backends.llama_cpp.file_types import FILE_TYPES
from edgeci.backends.llama_cpp.importance import Importance
from edgeci.backends.llama_cpp.log import complaints
from edgeci.backends.options import Values
from edgeci.errors import BackendFailed


def quantize(source: Path, output: Path, method: str, importance: Importance | None, options: Values) -> None:
    """Write `source` as the file type of `method`.

    Raises:
        BackendFailed: llama.cpp cannot, for example because a row has no whole number of blocks.
    """
    import llama_cpp

    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.nthread = 1  # the same bytes with any number, and the worker's target is not known here
    parameters.ftype = getattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{FILE_TYPES[method]}")
    parameters.pure, parameters.allow_requantize = options["pure"], options["allow_requantize"]
    for name in ("output_tensor_type", "token_embedding_type"):
        if (kind := options[name]) is not None:
            setattr(parameters, name, getattr(llama_cpp, f"GGML_TYPE_{kind.upper()}"))
    entries = entries_of(importance or {})
    if importance:
        parameters.imatrix = entries
    said = complaints()
    said.lines.clear()
    if llama_cpp.llama_model_quantize(str(source).encode(), str(output).encode(), ctypes.byref(parameters)) != 0:
        raise BackendFailed(f"llama.cpp cannot make {method} of this model ({said.told()})")


def entries_of(importance: Importance) -> object:
    """As llama.cpp wants it: an array that ends with an entry without a name."""
    import llama_cpp

    kind = llama_cpp.llama_model_imatrix_data
    numbers = ctypes.POINTER(ctypes.c_float)
    rows = [kind(name.encode(), values.ctypes.data_as(numbers), values.size) for name, values in importance.items()]
    return (kind * (len(rows) + 1))(*rows)
