"""ONNX Runtime for language models: onnxruntime-genai's model builder writes the graph, ONNX Runtime alone runs it.

The builder's graphs hold ONNX Runtime's own operators (grouped-query attention, 4- and 8-bit matrix products). They are
run by plain sessions, because onnxruntime-genai's generator gives the scores of a prompt's last token only.
"""

import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from edgeci.backends.huggingface_folder import config, copy_companions, is_exportable
from edgeci.backends.options import checked, flag, one_of
from edgeci.errors import BackendFailed, BackendMissing, ConfigError
from edgeci.evaluation.logits import log_softmax
from edgeci.evaluation.samples import Array
from edgeci.evaluation.text_items import TextSamples
from edgeci.types import Assessment, Format, Made, Recipe, Target

KINDS = frozenset({"text"})
INSTALL_FIRST = ("torch==2.13.0",)
"""The CPU build, before anything asks for torch and gets gigabytes of CUDA."""
REQUIRES = ("onnxruntime_genai", "onnxruntime", "onnx", "onnx_ir", "transformers", "torch")
LOSSLESS = frozenset({"as-is"})
RUNS: Format = "onnx"

MAIN = "model.onnx"
DETAILS = "genai_config.json"
QUANTIZATION: Mapping[str, Callable[[Any], Any]] = {
    "block_size": one_of(16, 32, 64, 128, 256),
    "accuracy_level": one_of(0, 1, 2, 3, 4),
    "symmetric": flag,
    "algorithm": one_of("default", "rtn", "k_quant"),
    "last_layer": one_of("int4", "int8"),
}
METHODS: Mapping[str, Mapping[str, Callable[[Any], Any]]] = {
    "as-is": {},
    "int8": {name: check for name, check in QUANTIZATION.items() if name != "last_layer"},
    "int4": QUANTIZATION,
}
BUILDER = {"as-is": "fp32", "int8": "int8", "int4": "int4"}
BITS = {"int8": 8, "int4": 4}


def propose(assessment: Assessment, target: Target) -> Iterator[Recipe]:
    """Of a Hugging Face folder that is not quantized, for CPUs: as it is, int8 weights, int4 weights."""
    if assessment.kind in KINDS and target.accelerator == "cpu" and is_exportable(assessment):
        for method in METHODS:
            yield Recipe(backend="onnxruntime_genai", method=method)


def optimize(model: Path, recipe: Recipe, samples: TextSamples | None, output: Path) -> Made:
    """Write `model.onnx`, its data and `genai_config.json` in `output`, and the source's tokenizer beside them.

    Options of int8 and int4: block_size (32), accuracy_level (4: activations int8; 1: float32), symmetric (true),
    algorithm (default, rtn, k_quant); of int4 also last_layer (int8 for the last layer and the embeddings it shares).

    Raises:
        ConfigError: no Hugging Face folder, unknown method or option, or a value it cannot have.
        BackendFailed: an architecture the builder does not know, or nothing was quantized.
    """
    options = checked(recipe, METHODS)
    source = config(model, "onnxruntime_genai")
    refuse_broken(recipe.method, options, source)
    build(model, BUILDER[recipe.method], builder_options(options), output)
    copy_companions(model, output)
    notes = [] if recipe.method == "as-is" else quantization(output / MAIN, BITS[recipe.method])
    dtype = source.get("dtype") or source.get("torch_dtype") or "float32"
    if dtype != "float32":
        notes.append(f"what stays unquantized went from {dtype} to float32, in which ONNX Runtime computes on a CPU")
    return Made(main=MAIN, notes=tuple(notes))


def refuse_broken(method: str, options: Mapping[str, Any], source: Mapping[str, Any]) -> None:
    """What builder 0.18 writes, and ONNX Runtime then does not load.

    Raises:
        ConfigError: embeddings shared with the last layer cannot have these options.
    """
    shared = method == "int4" and source.get("tie_word_embeddings") and options.get("algorithm", "default") == "default"
    if shared and (options.get("symmetric") is False or options.get("last_layer") == "int8"):
        raise ConfigError(
            "int4: this model's embeddings are its last layer's weights, for which the default algorithm writes an "
            "invalid graph with symmetric: false or last_layer: int8; add algorithm: k_quant or rtn"
        )


def builder_options(options: Mapping[str, Any]) -> list[str]:
    """As the builder's command line spells them."""
    names = {"symmetric": "is_symmetric", "algorithm": "algo_config"}
    found = {names.get(name, name): value for name, value in options.items()}
    if "last_layer" in found:
        found["matmul_mixed_precision"] = f"last_matmul:{found.pop('last_layer')}"
    return [f"{name}={str(value).lower()}" for name, value in found.items()]


def build(model: Path, precision: str, options: list[str], output: Path) -> None:
    """Run the builder in this process.

    Raises:
        BackendFailed: an architecture the builder does not know.
    """
    package = find_spec("onnxruntime_genai")
    assert package is not None and package.origin is not None
    # The builder's modules import each other as top-level ones: they are a program, not a package.
    sys.path.insert(0, str(Path(package.origin).parent / "models"))
    import builder

    cache = output / "cache"
    task = (None, str(model), str(output), precision, "cpu", str(cache))
    extra = builder.parse_extra_options(*task, ["hf_token=false", "hf_remote=false", *options])
    try:
        builder.create_model(*task, **extra)
    except NotImplementedError as problem:
        raise BackendFailed(f"onnxruntime-genai's builder does not know this architecture ({problem})") from problem
    shutil.rmtree(cache, ignore_errors=True)


def quantization(path: Path, bits: int) -> list[str]:
    """What the matrix products became.

    Raises:
        BackendFailed: none of them has weights of so many bits.
    """
    import onnx

    nodes = onnx.load(path, load_external_data=False).graph.node
    products: Counter[int] = Counter()
    for node in nodes:
        if node.op_type == "MatMulNBits":
            products[next((field.i for field in node.attribute if field.name == "bits"), 4)] += 1
        elif node.op_type == "MatMul":
            products[32] += 1
    if not products[bits]:
        raise BackendFailed(f"int{bits} was asked for, but no matrix product has weights of {bits} bits")
    others = [f"{count} of {width} bits" for width, count in sorted(products.items()) if width != bits]
    notes = [f"{products[bits]} matrix products of {bits} bits, {', '.join(others)}"] if others else []
    if not any(node.op_type == "GatherBlockQuantized" for node in nodes):
        notes.append("the embeddings stay float32")
    return notes


class OnnxTextSession:
    """A plain ONNX Runtime session on the CPU; the key-value cache goes from one call to the next without a copy."""

    def __init__(self, model: Path, recipe: Recipe, target: Target) -> None:
        import onnxruntime

        if target.accelerator != "cpu":
            raise BackendMissing(f"onnxruntime_genai builds for the CPU; {target.name} wants {target.accelerator}")
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = target.threads
        settings.inter_op_num_threads = 1
        settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
        settings.log_severity_level = 3
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

    def empty_cache(self) -> dict[str, Any]:
        """Keys and values of no token."""
        from onnxruntime import OrtValue

        shape = (1, self.decoder["num_key_value_heads"], 0, self.decoder["head_size"])
        nothing = np.zeros(shape, np.float32)
        return {name: OrtValue.ortvalue_from_numpy(nothing) for name in self.inputs if name.startswith("past_key_")}

    def step(self, tokens: Sequence[int], past: int, cache: dict[str, Any]) -> tuple[Array, dict[str, Any]]:
        """(n, vocabulary) scores of the next token after each of these, and the cache with them in it."""
        from onnxruntime import OrtValue

        total = past + len(tokens)
        known = {
            "input_ids": np.asarray([tokens], np.int64),
            "attention_mask": np.ones((1, total), np.int64),
            "position_ids": np.arange(past, total, dtype=np.int64)[None],
        }
        if unknown := sorted(self.inputs - known.keys() - cache.keys()):
            raise BackendFailed(f"the exported model wants {', '.join(unknown)}, which is not text alone")
        feeds = {name: OrtValue.ortvalue_from_numpy(known[name]) for name in known.keys() & self.inputs}
        answers = self.session.run_with_ort_values(self.outputs, {**feeds, **cache})
        found = dict(zip(self.outputs, answers, strict=True))
        scores: Array = found["logits"].numpy()[0]
        return scores, {name: found[name.replace("past_key_values", "present")] for name in cache}

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


def load(model: Path, recipe: Recipe, target: Target) -> OnnxTextSession:
    """Load for inference.

    Raises:
        BackendMissing: the target's accelerator is no CPU.
    """
    return OnnxTextSession(model, recipe, target)
