"""A text model that OpenVINO runs: one stream on one device, which is left no precision to choose."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgeci.backends.openvino.backend import DEVICES, layer_precisions
from edgeci.errors import BackendFailed, BackendMissing
from edgeci.evaluation.logits import log_softmax
from edgeci.evaluation.samples import Array
from edgeci.types import Recipe, Target

ACTIVATIONS = {"float32": 0, "int8": 32}
"""Channels of an activation that share a scale; 0 leaves activations alone, 32 is the plug-in's own choice."""


def names(model: Any) -> set[str]:
    """Of the inputs of a model, compiled or not."""
    return {name for port in model.inputs for name in port.get_names()}


def arguments(wanted: set[str], tokens: Sequence[int], past: int = 0) -> dict[str, Array]:
    """One sequence whose first `past` tokens are in the model's state already."""
    total = past + len(tokens)
    known: dict[str, Array] = {
        "input_ids": np.asarray([tokens], np.int64),
        "attention_mask": np.ones((1, total), np.int64),
        "position_ids": np.arange(past, total, dtype=np.int64)[None],
        "token_type_ids": np.zeros((1, len(tokens)), np.int64),
        "beam_idx": np.zeros(1, np.int32),
    }
    if unknown := sorted(wanted - known.keys()):
        raise BackendFailed(f"the exported model wants {', '.join(unknown)}, which is not text alone")
    return {name: known[name] for name in wanted}


class Compiled:
    """On the device the target asks for, and on no other."""

    def __init__(self, model: Path, recipe: Recipe, target: Target) -> None:
        import openvino

        core, device = openvino.Core(), DEVICES[target.accelerator]
        if not any(found.partition(".")[0] == device for found in core.available_devices):
            raise BackendMissing(f"OpenVINO finds no {device} here; it has {', '.join(core.available_devices)}")
        compiled = core.compile_model(core.read_model(model), device, settings(recipe, target))
        self.request = compiled.create_infer_request()
        self.names = names(compiled)
        self.runtime = {
            "runtime": f"openvino {openvino.__version__.partition('-')[0]}",
            "device": ", ".join(compiled.get_property("EXECUTION_DEVICES")),
            **described(compiled, device),
            "layer_precisions": layer_precisions(compiled),
            "threads": str(compiled.get_property("INFERENCE_NUM_THREADS") if device == "CPU" else target.threads),
        }

    def infer(self, tokens: Sequence[int], past: int, output: str) -> Array:
        """(n, size) numbers of one output, without the batch; the runtime's own memory, gone with the next call."""
        self.request.infer(arguments(self.names, tokens, past), share_inputs=True)
        found: Array = self.request.get_tensor(output).data[0]
        return found


class OpenvinoTextSession(Compiled):
    """A language model with its key-value cache inside."""

    def logits(self, tokens: Sequence[int], past: int) -> Array:
        """(n, vocabulary) scores of the next token after each of these."""
        return self.infer(tokens, past, "logits")

    def log_probabilities(self, tokens: Sequence[int]) -> Array:
        self.request.reset_state()
        return log_softmax(self.logits(tokens, 0))

    def generate(self, tokens: Sequence[int], count: int) -> Iterator[int]:
        self.request.reset_state()
        past, following = 0, list(tokens)
        for _ in range(count):
            token = int(self.logits(following, past)[-1].argmax())
            past, following = past + len(following), [token]
            yield token


class OpenvinoEmbedder(Compiled):
    """An encoder; its tokens' vectors become one as the folder it was made of says."""

    def __init__(self, model: Path, recipe: Recipe, target: Target, pooling: str) -> None:
        super().__init__(model, recipe, target)
        self.pooling = pooling
        self.runtime["pooling"] = pooling

    def embed(self, tokens: Sequence[int]) -> Array:
        return pooled(self.infer(tokens, 0, "last_hidden_state"), self.pooling)


def pooled(vectors: Array, pooling: str) -> Array:
    """(dimension,) of (n, dimension) vectors of a whole text's tokens: none of them is padding."""
    match pooling:
        case "mean":
            return np.asarray(vectors.mean(axis=0, dtype=np.float64), np.float32)
        case "cls":
            return np.array(vectors[0])
        case _:
            return np.array(vectors[-1])


def settings(recipe: Recipe, target: Target) -> dict[str, Any]:
    """Every property that changes answers or threads."""
    chosen: dict[str, Any] = {"NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY"}
    if target.accelerator != "npu":  # which computes in no f32
        chosen["INFERENCE_PRECISION_HINT"] = "f32"
    if target.accelerator == "cpu":
        activations = recipe.options.get("activations", "float32" if recipe.method == "as-is" else "int8")
        chosen |= {
            "INFERENCE_NUM_THREADS": target.threads,
            "ENABLE_CPU_PINNING": False,  # pinned to a core, it would wait for whoever else was put there
            "KV_CACHE_PRECISION": recipe.options.get("kv_cache", "f32"),
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": ACTIVATIONS[str(activations)],
        }
    return chosen


def described(compiled: Any, device: str) -> dict[str, str]:
    """The precisions it really took."""
    found = {"inference_precision": compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()}
    if device == "CPU":
        found["kv_cache"] = compiled.get_property("KV_CACHE_PRECISION").get_type_name()
        found["dynamic_quantization_group_size"] = str(compiled.get_property("DYNAMIC_QUANTIZATION_GROUP_SIZE"))
    return found
