"""llama.cpp's quantization, and the importance matrix it can be given: which columns of a weight matter for text."""

import ctypes
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgeci.backends.llama_cpp.embedding import pooling
from edgeci.backends.llama_cpp.session import BATCH, Context, Model, complaints
from edgeci.errors import BackendFailed
from edgeci.evaluation.samples import Array

FILE_TYPES: Mapping[str, str] = {
    "f16": "F16",
    "bf16": "BF16",
    "q8_0": "Q8_0",
    "q6_k": "Q6_K",
    "q5_k_m": "Q5_K_M",
    "q5_k_s": "Q5_K_S",
    "q5_1": "Q5_1",
    "q5_0": "Q5_0",
    "q4_k_m": "Q4_K_M",
    "q4_k_s": "Q4_K_S",
    "iq4_nl": "IQ4_NL",
    "iq4_xs": "IQ4_XS",
    "q4_1": "Q4_1",
    "q4_0": "Q4_0",
    "q3_k_l": "Q3_K_L",
    "q3_k_m": "Q3_K_M",
    "q3_k_s": "Q3_K_S",
    "iq3_m": "IQ3_M",
    "iq3_s": "IQ3_S",
    "iq3_xxs": "IQ3_XXS",
    "q2_k": "Q2_K",
    "iq2_m": "IQ2_M",
    "iq2_s": "IQ2_S",
    "iq2_xs": "IQ2_XS",
    "iq2_xxs": "IQ2_XXS",
    "iq1_m": "IQ1_M",
    "iq1_s": "IQ1_S",
    "tq2_0": "TQ2_0",
    "tq1_0": "TQ1_0",
}
"""Method -> llama.cpp's LLAMA_FTYPE_MOSTLY_*, widest first."""
NEED_IMPORTANCE = frozenset({"iq3_xxs", "iq2_m", "iq2_s", "iq2_xs", "iq2_xxs", "iq1_m", "iq1_s"})
"""llama.cpp refuses most of them without an importance matrix, and the rest is noise."""
PACKED_BY_256 = frozenset(
    method for method in FILE_TYPES if "_k" in method or (method.startswith(("iq", "tq")) and method != "iq4_nl")
)
"""k-quants, i-quants and ternary ones pack 256 numbers together, and a row has to be whole packs."""
TENSOR_TYPES = ("f32", "f16", "bf16", "q8_0", "q6_k", "q5_k", "q5_0", "q4_k", "q4_0", "iq4_nl")
"""What single tensors may be given instead."""

Importance = dict[str, Array]
"""Tensor -> mean square of each column's input."""


def quantize(
    source: Path,
    output: Path,
    method: str,
    importance: Importance | None = None,
    pure: bool = False,
    allow_requantize: bool = False,
    output_tensor_type: str | None = None,
    token_embedding_type: str | None = None,
) -> None:
    """Write `source` as the file type of `method`.

    Raises:
        BackendFailed: llama.cpp cannot, for example because a row has no whole number of blocks.
    """
    import llama_cpp

    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.nthread = 1  # the same bytes with any number, and the worker's target is not known here
    parameters.ftype = getattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{FILE_TYPES[method]}")
    parameters.pure, parameters.allow_requantize = pure, allow_requantize
    for name, kind in (("output_tensor_type", output_tensor_type), ("token_embedding_type", token_embedding_type)):
        if kind is not None:
            setattr(parameters, name, getattr(llama_cpp, f"GGML_TYPE_{kind.upper()}"))
    entries = entries_of(importance or {})
    if importance:
        parameters.imatrix = entries
    said = complaints()
    said.lines.clear()
    if llama_cpp.llama_model_quantize(str(source).encode(), str(output).encode(), ctypes.byref(parameters)) != 0:
        raise BackendFailed(f"llama.cpp cannot make {method} of this model ({said.told()})")


def entries_of(importance: Importance) -> Any:
    """As llama.cpp wants it: an array that ends with an entry without a name."""
    import llama_cpp

    kind = llama_cpp.llama_model_imatrix_data
    numbers = ctypes.POINTER(ctypes.c_float)
    rows = [kind(name.encode(), values.ctypes.data_as(numbers), values.size) for name, values in importance.items()]
    return (kind * (len(rows) + 1))(*rows)


class Tensor(ctypes.Structure):
    """The beginning of ggml's `struct ggml_tensor`, up to its name (ggml.h of llama-cpp-python 0.3)."""


Tensor._fields_ = [
    ("type", ctypes.c_int),
    ("buffer", ctypes.c_void_p),
    ("ne", ctypes.c_int64 * 4),
    ("nb", ctypes.c_size_t * 4),
    ("op", ctypes.c_int),
    ("op_params", ctypes.c_int32 * 16),
    ("flags", ctypes.c_int32),
    ("src", ctypes.POINTER(Tensor) * 10),
    ("view_src", ctypes.POINTER(Tensor)),
    ("view_offs", ctypes.c_size_t),
    ("data", ctypes.c_void_p),
    ("name", ctypes.c_char * 64),
]
FLOAT32 = 0


class Collector:
    """Sees every product of a block's weight with what flows into it, and sums the squares of each column."""

    def __init__(self) -> None:
        self.sums: dict[str, Array] = {}
        self.rows: dict[str, int] = {}

    def watch(self, address: int, is_question: bool, data: object) -> bool:
        """llama.cpp asks first whether it is of interest, and comes again when it is computed."""
        product = Tensor.from_address(address)
        if not product.src[0] or not product.src[1]:
            return not is_question
        weight, entering = product.src[0].contents, product.src[1].contents
        name = weight.name.decode("utf-8", errors="replace")
        is_product = name.startswith("blk.") and name.endswith(".weight") and weight.ne[0] == entering.ne[0] > 1
        is_product = is_product and entering.type == FLOAT32 and weight.ne[2] == 1 and product.ne[0] == weight.ne[1]
        if is_question:
            return bool(is_product)
        if is_product:
            self.add(name, entering)
        return True

    def add(self, name: str, entering: Tensor) -> None:
        columns, rows = entering.ne[0], entering.ne[1] * entering.ne[2] * entering.ne[3]
        values = np.ctypeslib.as_array((ctypes.c_float * (columns * rows)).from_address(entering.data))
        squares = np.square(values.reshape(rows, columns), dtype=np.float64).sum(axis=0)
        self.sums[name] = self.sums.get(name, np.zeros(columns, np.float64)) + squares
        self.rows[name] = self.rows.get(name, 0) + rows

    def means(self) -> Importance:
        return {name: np.divide(sums, self.rows[name], dtype=np.float32) for name, sums in self.sums.items()}


def importance_matrix(model: Path, windows: Sequence[Sequence[int]], threads: int) -> Importance:
    """Run the unquantized model over calibration text and watch.

    Raises:
        BackendFailed: no product of weights was seen, as in a mixture of experts, whose products are others.
    """
    collector = Collector()
    opened = Model(model)
    embeds = pooling(opened) is not None
    context = Context(opened, BATCH, threads, watch=collector.watch, embeds=embeds)
    for window in windows:
        context.clear()
        context.decode(window[:BATCH], 0, every=embeds)
    found = collector.means()
    if not found:
        raise BackendFailed("no importance matrix can be made of this model; leave imatrix out")
    return found
