"""A language model that MLX runs, on the GPU of a Mac or on a CPU."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from edgeci.backends.mlx.precision import Network, cast, floats
from edgeci.errors import BackendMissing
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.logits import log_softmax
from edgeci.types import Target

CHUNK = 512
"""Tokens of a prompt that are read at once."""


class MlxSession:
    """A loaded network; every call has a key-value cache of its own."""

    def __init__(self, folder: Path, target: Target) -> None:
        import mlx.core as mx
        from mlx_lm.utils import load_model

        device = device_for(target, sys.platform, mx.metal.is_available())
        mx.set_default_device(getattr(mx, device))
        self.network, _ = load_model(folder, lazy=True, trust_remote_code=False)
        stored = floats(self.network)
        if device == "cpu":
            cast(self.network, "float32")
        mx.eval(self.network.parameters())
        self.runtime = {
            "runtime": f"mlx {mx.__version__}",
            "device": device,
            "stored": stored,
            "dtype": floats(self.network),
            "threads": threads_of(device, sys.platform),
        }

    def log_probabilities(self, tokens: Sequence[int]) -> Array:
        import mlx.core as mx

        scores = self.network(mx.array([list(tokens)]))[0].astype(mx.float32)
        mx.eval(scores)
        result = log_softmax(np.array(scores))
        del scores
        mx.clear_cache()
        return result

    def generate(self, tokens: Sequence[int], count: int) -> Iterator[int]:
        import mlx.core as mx
        from mlx_lm.models.cache import make_prompt_cache

        cache = make_prompt_cache(self.network)
        try:
            self.read(tokens[:-1], cache)
            token = tokens[-1]
            for _ in range(count):
                token = int(mx.argmax(self.network(mx.array([[token]]), cache=cache)[0, -1]).item())
                yield token
        finally:
            del cache
            mx.clear_cache()

    def read(self, tokens: Sequence[int], cache: list[Network]) -> None:
        """Keys and values alone: nobody asks for the scores, so MLX, being lazy, never computes them."""
        import mlx.core as mx

        for start in range(0, len(tokens), CHUNK):
            self.network(mx.array([list(tokens[start : start + CHUNK])]), cache=cache)
            mx.eval([entry.state for entry in cache])


def device_for(target: Target, platform: str, has_metal: bool) -> str:
    """`cpu` or `gpu`.

    Raises:
        BackendMissing: the target asks for an accelerator that MLX does not have here.
    """
    if target.accelerator == "npu":
        raise BackendMissing("mlx has no NPU: unavailable, MLX does not use the Neural Engine")
    if target.accelerator == "cpu":
        return "cpu"
    if not has_metal:
        why = "this Mac offers no Metal" if platform == "darwin" else f"Metal is on macOS only, this is {platform}"
        raise BackendMissing(f"mlx has no GPU here: unavailable, {why}")
    return "gpu"


def threads_of(device: str, platform: str) -> str:
    """What computes. MLX has no setting for it, and variables such as OMP_NUM_THREADS change nothing.

    Seen on Linux (0.32.4): all CPU time is spent by one thread, and the BLAS in the wheel is the reference one.
    """
    if device == "gpu":
        return "not applicable"
    return "one, whatever is asked for" if platform == "linux" else "not set: MLX offers no such setting"
