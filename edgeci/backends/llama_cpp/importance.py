"""The importance matrix that llama.cpp's quantization can be given: which columns of a weight matter for text."""

import ctypes
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edgeci.backends.llama_cpp.context import BATCH, Context
from edgeci.backends.llama_cpp.embedding import pooling
from edgeci.backends.llama_cpp.model import Model
from edgeci.errors import BackendFailed
from edgeci.evaluation.arrays import Array

Importance = dict[str, Array]
"""Tensor -> mean square of each column's input."""


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
    means = collector.means()
    if not means:
        raise BackendFailed("no importance matrix can be made of this model; leave imatrix out")
    return means
