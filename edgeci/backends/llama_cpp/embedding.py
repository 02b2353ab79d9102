"""A GGUF file that embeds texts: its header says how the vectors of the tokens become one."""

import ctypes
from collections.abc import Sequence

import numpy as np

from edgeci.backends.llama_cpp.context import SHORTEST_CONTEXT, Context
from edgeci.backends.llama_cpp.model import Model
from edgeci.backends.llama_cpp.runtime import described, on_gpu
from edgeci.errors import BackendFailed
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.ggml_names import POOLINGS
from edgeci.types import Target

LONGEST_VALUE = 16


def pooling(model: Model) -> str | None:
    """How an open file says that it embeds; None of a language model."""
    import llama_cpp

    def value(key: str) -> str:
        room = ctypes.create_string_buffer(256)
        length = llama_cpp.llama_model_meta_val_str(model.pointer, key.encode(), room, len(room))
        return room.value.decode("utf-8", errors="replace") if length >= 0 else ""

    kind = value(f"{value('general.architecture')}.pooling_type")
    return POOLINGS.get(int(kind)) if kind.isdecimal() and len(kind) < LONGEST_VALUE else None


class LlamaEmbedder:
    """One text at a time on as many threads as the target has."""

    def __init__(self, model: Model, target: Target, mmap: bool, pooled: str) -> None:
        self.model, self.on_gpu, self.threads = model, on_gpu(target), target.threads
        self.context = self.room(SHORTEST_CONTEXT)
        self.runtime = {**described(target, mmap), "pooling": pooled}

    def room(self, length: int) -> Context:
        return Context(self.model, length, self.threads, on_gpu=self.on_gpu, embeds=True)

    def embed(self, tokens: Sequence[int]) -> Array:
        """
        Raises:
            BackendFailed: llama.cpp cannot read the text, or gives no vector of it.
        """
        longest = self.context.library.llama_model_n_ctx_train(self.model.pointer)
        if len(tokens) > longest:  # llama.cpp would abort the process
            raise BackendFailed(f"a text of {len(tokens)} tokens; the model takes {longest}")
        if len(tokens) > self.context.length:
            self.context = self.room(-(-len(tokens) // SHORTEST_CONTEXT) * SHORTEST_CONTEXT)
        self.context.clear()
        self.context.decode(tokens, 0, every=True)
        library = self.context.library
        vector = library.llama_get_embeddings_seq(self.context.pointer, 0)
        if not vector:
            raise BackendFailed("llama.cpp gives no embedding of a text; the file says that it has one")
        shape = (library.llama_model_n_embd(self.model.pointer),)
        return np.ctypeslib.as_array(vector, shape=shape).copy()
