"""A GGUF file that llama.cpp opened."""

from pathlib import Path
from typing import Any

from edgeci.backends.llama_cpp.log import complaints
from edgeci.errors import InputRejected

Library = Any
"""The module llama_cpp, whose functions are known only where it may be imported."""


class Model:
    """An open file, its weights or its vocabulary alone.

    Raises:
        InputRejected: llama.cpp does not take it.
    """

    def __init__(self, path: Path, vocabulary_only: bool = False, mmap: bool = True, on_gpu: bool = False) -> None:
        import llama_cpp

        self.library: Library = llama_cpp
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
