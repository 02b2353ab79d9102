"""Apple MLX: language models converted and quantized by mlx-lm, run on Apple GPUs or on any CPU.

On Linux MLX computes on one thread of the CPU, several times slower than on Apple silicon: sizes and answers can be
judged there, latency on a Mac. A file keeps its source's precision; a CPU computes it in float32, because MLX has no
fast kernels for 16-bit floats there, and a GPU as it is stored.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgeci.backends.huggingface_folder import copy_companions
from edgeci.backends.options import checked, one_of
from edgeci.errors import BackendFailed, BackendMissing, ConfigError
from edgeci.evaluation.logits import log_softmax
from edgeci.evaluation.samples import Array
from edgeci.evaluation.text_items import TextSamples
from edgeci.types import Assessment, Format, Made, Recipe, Target

KINDS = frozenset({"text"})
REQUIRES = ("mlx", "mlx_lm")
LOSSLESS = frozenset({"as-is"})
RUNS: Format = "mlx"

MAIN = "config.json"
STORED: Mapping[str, Callable[[Any], Any]] = {"dtype": one_of("float32", "float16", "bfloat16")}
PACKED: Mapping[str, Callable[[Any], Any]] = {"group_size": one_of(32, 64, 128), **STORED}
METHODS: Mapping[str, Mapping[str, Callable[[Any], Any]]] = {
    "as-is": {},
    "float16": {},
    "bfloat16": {},
    "int8": PACKED,
    "int6": PACKED,
    "int4": PACKED,
    "int3": PACKED,
    "int2": PACKED,
    "mixed": {"low_bits": one_of(2, 3, 4), "high_bits": one_of(4, 6, 8), **PACKED},
    "mxfp4": STORED,
}
HALVES = ("float16", "bfloat16")
BITS = {"int8": 8, "int6": 6, "int4": 4, "int3": 3, "int2": 2}
SENSITIVE = ("v_proj", "down_proj", "lm_head", "embed_tokens")
"""What `mixed` gives more bits: where llama.cpp's k-quant mixtures do (llama.cpp, llama_tensor_get_type)."""
CHUNK = 512
"""Tokens of a prompt that are read at once."""


def propose(assessment: Assessment, target: Target) -> Iterator[Recipe]:
    """As it is; of a folder that is not quantized yet also int4 and int8 in groups of 64."""
    if assessment.kind != "text" or assessment.model.format not in ("huggingface", "mlx"):
        return
    yield Recipe(backend="mlx", method="as-is")
    if not any(concern.code == "already-quantized" for concern in assessment.concerns):
        yield Recipe(backend="mlx", method="int4")
        yield Recipe(backend="mlx", method="int8")


def optimize(model: Path, recipe: Recipe, samples: TextSamples | None, output: Path) -> Made:
    """Write an MLX folder, whose main file is config.json.

    Options: group_size (64); dtype of what is not packed, and of the scales (as the source has it); of mixed also
    low_bits (4) and high_bits (6).

    Raises:
        ConfigError: unknown method, option or value; no folder; quantized already.
        BackendFailed: an architecture mlx-lm does not know, or nothing was quantized.
    """
    options = checked(recipe, METHODS)
    refuse_unsuited(model, recipe.method)
    from mlx_lm.utils import load_model, save_config, save_model

    try:
        network, settings = load_model(model, lazy=True, trust_remote_code=False)
    except ValueError as problem:
        raise BackendFailed(f"mlx-lm cannot load it: {problem}") from problem
    before = floats(network)
    dtype = recipe.method if recipe.method in HALVES else options.get("dtype")
    if dtype is not None:
        cast(network, dtype)
        settings["dtype"] = settings["torch_dtype"] = dtype
    notes = [f"{before} -> {dtype}"] if dtype not in (None, before) else []
    if recipe.method not in ("as-is", *HALVES):
        network, settings, packing = quantized(network, settings, recipe.method, options)
        notes += packing
    copy_companions(model, output)
    save_model(output, network)
    save_config(settings, output / MAIN)
    return Made(main=MAIN, notes=tuple(notes))


def refuse_unsuited(model: Path, method: str) -> None:
    """
    Raises:
        ConfigError: no folder, or one whose weights are packed already and should be packed or cast again.
    """
    if not (model / MAIN).is_file():
        raise ConfigError(f"mlx takes the folder of a Hugging Face or MLX model, and {model.name} is none")
    config: dict[str, Any] = json.loads((model / MAIN).read_text(encoding="utf-8"))
    if method != "as-is" and {"quantization", "quantization_config"} & config.keys():
        raise ConfigError(f"mlx {method}: the model is quantized already; give the folder it was made of")


def floats(network: Any) -> str:
    """The types of its floating-point weights."""
    import mlx.core as mx
    from mlx.utils import tree_flatten

    found = {value.dtype for _, value in tree_flatten(network.parameters()) if mx.issubdtype(value.dtype, mx.floating)}
    return ", ".join(sorted(str(dtype).removeprefix("mlx.core.") for dtype in found))


def cast(network: Any, dtype: str) -> None:
    """Every floating-point weight to one dtype."""
    import mlx.core as mx
    from mlx.utils import tree_map_with_path

    wanted = getattr(mx, dtype)
    network.update(
        tree_map_with_path(
            lambda _, value: value.astype(wanted) if mx.issubdtype(value.dtype, mx.floating) else value,
            network.parameters(),
        )
    )


def quantized(
    network: Any, settings: dict[str, Any], method: str, options: Mapping[str, Any]
) -> tuple[Any, dict[str, Any], list[str]]:
    """The network with packed weights, its configuration, and what was left as it is."""
    from mlx_lm.utils import quantize_model

    group_size = options.get("group_size", 32 if method == "mxfp4" else 64)
    low, high = options.get("low_bits", 4), options.get("high_bits", 6)
    if method == "mixed" and high <= low:
        raise ConfigError(f"mlx mixed: high_bits {high} must be more than low_bits {low}")
    left: list[str] = []

    def predicate(path: str, module: Any) -> bool | dict[str, Any]:
        if method != "mixed":
            return True
        bits = high if path.endswith(SENSITIVE) else low
        return {"group_size": group_size, "bits": bits, "mode": "affine"}

    for path, module in network.named_modules():
        if hasattr(module, "to_quantized") and module.weight.shape[-1] % group_size:
            left.append(path)
    mode = "mxfp4" if method == "mxfp4" else "affine"
    bits = 4 if method == "mxfp4" else BITS.get(method, low)
    network, settings = quantize_model(network, settings, group_size, bits, mode, quant_predicate=predicate)
    packed = sum(hasattr(module, "scales") for _, module in network.named_modules())
    if not packed:
        raise BackendFailed(f"nothing was quantized: no layer's width divides by the group size {group_size}")
    notes = [f"{packed} layers in groups of {group_size}"]
    if left:
        notes.append(
            f"{len(left)} layers stay as they are, their width does not divide by {group_size} ({left[0]} ...)"
        )
    return network, settings, notes


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

    def read(self, tokens: Sequence[int], cache: list[Any]) -> None:
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


def load(model: Path, recipe: Recipe, target: Target) -> MlxSession:
    """Load a candidate's folder, of which `model` is config.json.

    Raises:
        BackendMissing: the target's accelerator is not there.
    """
    return MlxSession(model.parent, target)
