"""A text model that OpenVINO runs: one stream on one device, which is left no precision to choose."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from edgeci.backends.openvino.intermediate_representation import Model
from edgeci.backends.openvino.session import described, device_of
from edgeci.backends.options import Values
from edgeci.errors import BackendFailed
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.logits import log_softmax
from edgeci.types import Target

ACTIVATIONS = {"float32": 0, "int8": 32}
"""Channels of an activation that share a scale; 0 leaves activations alone, 32 is the plug-in's own choice."""
UNTOUCHED = {"activations": "float32", "kv_cache": "f32"}
"""How a method runs that has no options of running."""


def names(model: Model) -> set[str]:
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

    def __init__(self, model: Path, options: Values, target: Target) -> None:
        import openvino

        core = openvino.Core()
        device = device_of(core, target)
        compiled = core.compile_model(core.read_model(model), device, settings({**UNTOUCHED, **options}, target))
        self.request = compiled.create_infer_request()
        self.names = names(compiled)
        self.runtime = {**described(compiled, device, target), **precisions(compiled, device)}

    def infer(self, tokens: Sequence[int], past: int, output: str) -> Array:
        """(n, size) numbers of one output, without the batch; the runtime's own memory, gone with the next call."""
        self.request.infer(arguments(self.names, tokens, past), share_inputs=True)
        numbers: Array = self.request.get_tensor(output).data[0]
        return numbers


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

    def __init__(self, model: Path, options: Values, target: Target, pooling: str) -> None:
        super().__init__(model, options, target)
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


def settings(options: Values, target: Target) -> dict[str, object]:
    """Every property that changes answers or threads."""
    chosen: dict[str, object] = {"NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY"}
    if target.accelerator != "npu":  # which computes in no f32
        chosen["INFERENCE_PRECISION_HINT"] = "f32"
    if target.accelerator == "cpu":
        chosen |= {
            "INFERENCE_NUM_THREADS": target.threads,
            "ENABLE_CPU_PINNING": False,  # pinned to a core, it would wait for whoever else was put there
            "KV_CACHE_PRECISION": options["kv_cache"],
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": ACTIVATIONS[options["activations"]],
        }
    return chosen


def precisions(compiled: Model, device: str) -> dict[str, str]:
    """Those it really took."""
    taken = {"inference_precision": compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()}
    if device == "CPU":
        taken["kv_cache"] = compiled.get_property("KV_CACHE_PRECISION").get_type_name()
        taken["dynamic_quantization_group_size"] = str(compiled.get_property("DYNAMIC_QUANTIZATION_GROUP_SIZE"))
    return taken
