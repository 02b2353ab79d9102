"""Room in which llama.cpp reads a text."""

from collections.abc import Callable, Sequence

import numpy as np

from edgeci.backends.llama_cpp.log import complaints
from edgeci.backends.llama_cpp.model import Library, Model
from edgeci.errors import BackendFailed
from edgeci.evaluation.arrays import Array

BATCH = 512
"""Tokens that are read at once, llama.cpp's own choice."""
SHORTEST_CONTEXT = 512
KV_CACHES = {"f32": 0, "f16": 1, "q8_0": 8}
"""ggml's numbers. f16 is llama.cpp's own choice."""
QUANTIZED_CACHES = frozenset({"q8_0"})


def flash_attention(kv_cache: str) -> bool:
    """On only where llama.cpp reads the cache in no other way: `auto` would differ by machine."""
    return kv_cache in QUANTIZED_CACHES


class Context:
    """Room for so many tokens of one text."""

    def __init__(
        self,
        model: Model,
        length: int,
        threads: int,
        kv_cache: str = "f16",
        on_gpu: bool = False,
        watch: Callable[..., bool] | None = None,
        embeds: bool = False,
    ) -> None:
        import llama_cpp

        self.library: Library = llama_cpp
        self.model, self.length, self.watch = model, length, watch
        self.batch_length = length if embeds else BATCH  # an encoder reads a text at once
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = length
        parameters.n_batch = parameters.n_ubatch = self.batch_length
        parameters.embeddings = embeds
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.type_k = parameters.type_v = KV_CACHES[kv_cache]
        parameters.flash_attn_type = (
            llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED
            if flash_attention(kv_cache)
            else llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        )
        parameters.offload_kqv = parameters.op_offload = on_gpu
        if watch is not None:
            parameters.cb_eval = llama_cpp.ggml_backend_sched_eval_callback(watch)
        self.callback = parameters.cb_eval
        self.batch: Library = None
        self.pointer = llama_cpp.llama_init_from_model(model.pointer, parameters)
        if not self.pointer:
            raise BackendFailed(f"llama.cpp cannot make a context of {length} tokens ({complaints().told()})")
        self.batch = llama_cpp.llama_batch_init(self.batch_length, 0, 1)

    def __del__(self) -> None:
        if getattr(self, "batch", None) is not None:
            self.library.llama_batch_free(self.batch)
        if getattr(self, "pointer", None):
            self.library.llama_free(self.pointer)

    def clear(self) -> None:
        self.library.llama_memory_clear(self.library.llama_get_memory(self.pointer), True)

    def read(self, tokens: Sequence[int], past: int, scores: bool) -> Array:
        """At most BATCH tokens after `past` others; scores of what follows each of them, or only the last.

        The array is llama.cpp's own memory, gone with the next call.

        Raises:
            BackendFailed: as `decode`.
        """
        self.decode(tokens, past, scores)
        shape = (len(tokens) if scores else 1, self.model.tokens)
        numbers: Array = np.ctypeslib.as_array(self.library.llama_get_logits(self.pointer), shape=shape)
        return numbers

    def decode(self, tokens: Sequence[int], past: int, every: bool) -> None:
        """Compute what follows every token, or the last.

        Raises:
            BackendFailed: it cannot, for example a token that is not in the vocabulary.
        """
        self.batch.n_tokens = len(tokens)
        for index, token in enumerate(tokens):
            self.batch.token[index] = token
            self.batch.pos[index] = past + index
            self.batch.n_seq_id[index] = 1
            self.batch.seq_id[index][0] = 0
            self.batch.logits[index] = every or index == len(tokens) - 1
        if (status := self.library.llama_decode(self.pointer, self.batch)) != 0:
            raise BackendFailed(f"llama.cpp cannot read {len(tokens)} tokens (status {status}; {complaints().told()})")
