"""A language model of onnxruntime-genai's builder, run by ONNX Runtime alone."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgeci.backends.onnxruntime.session import session_options
from edgeci.errors import BackendFailed, BackendMissing
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.logits import log_softmax
from edgeci.types import Target

DETAILS = "genai_config.json"
Cache = dict[str, Any]
"""Input of the graph -> an OrtValue, whose type is known only where onnxruntime may be imported."""


class OnnxTextSession:
    """A plain ONNX Runtime session on the CPU; the key-value cache goes from one call to the next without a copy."""

    def __init__(self, model: Path, target: Target) -> None:
        import onnxruntime

        if target.accelerator != "cpu":
            raise BackendMissing(f"onnxruntime_genai builds for the CPU; {target.name} wants {target.accelerator}")
        settings = session_options(target.threads)
        self.session = onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
        self.inputs = {entry.name for entry in self.session.get_inputs()}
        self.outputs = [entry.name for entry in self.session.get_outputs()]
        self.decoder = json.loads((model.parent / DETAILS).read_text(encoding="utf-8"))["model"]["decoder"]
        self.runtime = {
            "runtime": f"onnxruntime {onnxruntime.__version__}",
            "execution_provider": "CPUExecutionProvider",
            "kv_cache": "float32",
            "spinning": "off",
            "threads": str(target.threads),
        }

    def empty_cache(self) -> Cache:
        """Keys and values of no token."""
        from onnxruntime import OrtValue

        shape = (1, self.decoder["num_key_value_heads"], 0, self.decoder["head_size"])
        nothing = np.zeros(shape, np.float32)
        return {name: OrtValue.ortvalue_from_numpy(nothing) for name in self.inputs if name.startswith("past_key_")}

    def step(self, tokens: Sequence[int], past: int, cache: Cache) -> tuple[Array, Cache]:
        """(n, vocabulary) scores of the next token after each of these, and the cache with them in it."""
        from onnxruntime import OrtValue

        known = self.asked(tokens, past, cache)
        feeds = {name: OrtValue.ortvalue_from_numpy(known[name]) for name in known.keys() & self.inputs}
        answers = self.session.run_with_ort_values(self.outputs, {**feeds, **cache})
        outputs = dict(zip(self.outputs, answers, strict=True))
        scores: Array = outputs["logits"].numpy()[0]
        return scores, {name: outputs[name.replace("past_key_values", "present")] for name in cache}

    def asked(self, tokens: Sequence[int], past: int, cache: Cache) -> dict[str, Array]:
        """
        Raises:
            BackendFailed: the graph wants something else than text.
        """
        total = past + len(tokens)
        known: dict[str, Array] = {
            "input_ids": np.asarray([tokens], np.int64),
            "attention_mask": np.ones((1, total), np.int64),
            "position_ids": np.arange(past, total, dtype=np.int64)[None],
        }
        if unknown := sorted(self.inputs - known.keys() - cache.keys()):
            raise BackendFailed(f"the exported model wants {', '.join(unknown)}, which is not text alone")
        return known

    def log_probabilities(self, tokens: Sequence[int]) -> Array:
        scores, _ = self.step(tokens, 0, self.empty_cache())
        return log_softmax(scores)

    def generate(self, tokens: Sequence[int], count: int) -> Iterator[int]:
        past, following, cache = 0, list(tokens), self.empty_cache()
        for _ in range(count):
            scores, cache = self.step(following, past, cache)
            token = int(scores[-1].argmax())
            past, following = past + len(following), [token]
            yield token
