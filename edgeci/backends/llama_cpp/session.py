"""A GGUF file that answers, by llama.cpp's own functions.

Not by llama_cpp.Llama: with log-probabilities of every token it would also compute them for every token of a timed
prompt, and it compiles the file's chat template when it loads.
"""

import ctypes
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from edgeci.errors import BackendFailed, BackendMissing, InputRejected
from edgeci.evaluation.logits import log_softmax
from edgeci.evaluation.samples import Array
from edgeci.types import Target

BATCH = 512
"""Tokens that are read at once, llama.cpp's own choice."""
SHORTEST_CONTEXT = 512
KV_CACHES = {"f32": 0, "f16": 1, "q8_0": 8}
"""ggml's numbers. f16 is llama.cpp's own choice."""
ERROR = 4
"""ggml.h's GGML_LOG_LEVEL_ERROR, which llama_cpp does not export."""


class Complaints:
    """llama.cpp's last errors. It would print them, and everything else it has to say, on stderr."""

    def __init__(self) -> None:
        import llama_cpp

        self.lines: deque[str] = deque(maxlen=3)
        self.callback = llama_cpp.llama_log_callback(self.note)
        llama_cpp.llama_log_set(self.callback, ctypes.c_void_p(0))

    def note(self, level: int, text: bytes, data: object) -> None:
        if level == ERROR:
            self.lines.append(" ".join(text.decode("utf-8", errors="replace").split()))

    def told(self) -> str:
        return "; ".join(self.lines) or "llama.cpp says nothing"


@cache
def complaints() -> Complaints:
    """One a process, never dropped: llama.cpp keeps the address of its callback."""
    return Complaints()


class Model:
    """An open file, its weights or its vocabulary alone.

    Raises:
        InputRejected: llama.cpp does not take it.
    """

    def __init__(self, path: Path, vocabulary_only: bool = False, mmap: bool = True, on_gpu: bool = False) -> None:
        import llama_cpp

        self.library: Any = llama_cpp
        said = complaints()
        said.lines.clear()
        llama_cpp.llama_backend_init()
        parameters = llama_cpp.llama_model_default_params()
        parameters.vocab_only = vocabulary_only
        parameters.n_gpu_layers = 999 if on_gpu else 0
        parameters.load_mode = llama_cpp.LLAMA_LOAD_MODE_MMAP if mmap else llama_cpp.LLAMA_LOAD_MODE_NONE
        self.pointer = llama_cpp.llama_model_load_from_file(str(path).encode(), parameters)
        if not self.pointer:
            raise InputRejected(f"{path.name}: llama.cpp cannot load it ({said.told()})")
        self.vocabulary = llama_cpp.llama_model_get_vocab(self.pointer)
        self.tokens: int = llama_cpp.llama_vocab_n_tokens(self.vocabulary)

    def __del__(self) -> None:
        if getattr(self, "pointer", None):
            self.library.llama_model_free(self.pointer)


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

        self.library: Any = llama_cpp
        self.model, self.length, self.watch = model, length, watch
        self.batch_length = length if embeds else BATCH  # an encoder reads a text at once
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = length
        parameters.n_batch = parameters.n_ubatch = self.batch_length
        parameters.embeddings = embeds
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.type_k = parameters.type_v = KV_CACHES[kv_cache]
        parameters.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED  # `auto` would differ by machine
        parameters.offload_kqv = parameters.op_offload = on_gpu
        if watch is not None:
            parameters.cb_eval = llama_cpp.ggml_backend_sched_eval_callback(watch)
        self.callback = parameters.cb_eval
        self.batch: Any = None
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
        found: Array = np.ctypeslib.as_array(self.library.llama_get_logits(self.pointer), shape=shape)
        return found

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


class LlamaSession:
    """One text at a time on as many threads as the target has."""

    def __init__(self, model: Model, target: Target, kv_cache: str, mmap: bool) -> None:
        self.model, self.on_gpu = model, on_gpu(target)
        self.threads, self.kv_cache = target.threads, kv_cache
        self.context = self.room(SHORTEST_CONTEXT)
        self.runtime = {**described(target, mmap), "kv_cache": kv_cache, "batch": str(BATCH)}

    def room(self, length: int) -> Context:
        return Context(self.model, length, self.threads, self.kv_cache, self.on_gpu)

    def begin(self, length: int) -> None:
        """An empty context with room for so many tokens; a longer one than ever before is made anew."""
        if length > self.context.length:
            self.context = self.room(-(-length // SHORTEST_CONTEXT) * SHORTEST_CONTEXT)
        self.context.clear()

    def log_probabilities(self, tokens: Sequence[int]) -> Array:
        self.begin(len(tokens))
        result = np.empty((len(tokens), self.model.tokens), np.float32)
        for first in range(0, len(tokens), BATCH):
            part = tokens[first : first + BATCH]
            result[first : first + len(part)] = log_softmax(self.context.read(part, first, scores=True))
        return result

    def generate(self, tokens: Sequence[int], count: int) -> Iterator[int]:
        self.begin(len(tokens) + count)
        for first in range(0, len(tokens), BATCH):
            scores = self.context.read(tokens[first : first + BATCH], first, scores=False)
        for past in range(len(tokens), len(tokens) + count):
            token = int(scores[0].argmax())
            yield token
            if past + 1 < len(tokens) + count:
                scores = self.context.read([token], past, scores=False)


def described(target: Target, mmap: bool) -> dict[str, str]:
    """What every session says of itself."""
    import llama_cpp

    return {
        "runtime": f"llama-cpp-python {llama_cpp.__version__}",
        "device": target.accelerator.upper(),
        "features": features(llama_cpp.llama_print_system_info().decode()),
        "flash_attention": "off",
        "threads": str(target.threads),
        "mmap": "on" if mmap else "off",
    }


def features(described: str) -> str:
    """What this build uses of the machine, `AVX2, FMA, REPACK`, from `CPU : AVX2 = 1 | FMA = 1 | REPACK = 1 | `."""
    parts = [part.rpartition(":")[2].split("=") for part in described.split("|") if "=" in part]
    return ", ".join(name.strip() for name, value in parts if value.strip() == "1") or "none"


def on_gpu(target: Target) -> bool:
    """
    Raises:
        BackendMissing: this build has nothing for the target's accelerator.
    """
    import llama_cpp

    if target.accelerator == "npu":
        raise BackendMissing("llama.cpp runs on no NPU here; set the target's accelerator to cpu")
    if target.accelerator == "gpu" and not llama_cpp.llama_supports_gpu_offload():
        raise BackendMissing(
            "this llama.cpp is built for the CPU alone; build it with CMAKE_ARGS=-DGGML_CUDA=ON (or METAL, VULKAN)"
        )
    return target.accelerator == "gpu"
