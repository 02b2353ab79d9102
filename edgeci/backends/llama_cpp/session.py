"""A GGUF file that answers, by llama.cpp's own functions.

Not by llama_cpp.Llama: with log-probabilities of every token it would also compute them for every token of a timed
prompt, and it compiles the file's chat template when it loads.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from edgeci.backends.llama_cpp.context import BATCH, SHORTEST_CONTEXT, Context, flash_attention
from edgeci.backends.llama_cpp.model import Model
from edgeci.backends.llama_cpp.runtime import described, on_gpu
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.logits import log_softmax
from edgeci.types import Target


class LlamaSession:
    """One text at a time on as many threads as the target has."""

    def __init__(self, model: Model, target: Target, kv_cache: str, mmap: bool) -> None:
        self.model, self.on_gpu = model, on_gpu(target)
        self.threads, self.kv_cache = target.threads, kv_cache
        self.context = self.room(SHORTEST_CONTEXT)
        said = described(target, mmap, flash_attention(kv_cache))
        self.runtime = {**said, "kv_cache": kv_cache, "batch": str(BATCH)}

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
