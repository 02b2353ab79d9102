"""Apple MLX: language models converted and quantized by mlx-lm, run on Apple GPUs or on any CPU.

On Linux MLX computes on the CPU, several times slower than on Apple silicon: sizes and answers can be judged there,
latency on a Mac. bfloat16 is slower still on such a CPU, so computation is in float32 unless a recipe says otherwise.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgeci.backends.huggingface_folder import copy_companions
from edgeci.backends.recipe_options import checked, one_of
from edgeci.errors import BackendFailed, BackendMissing, ConfigError
from edgeci.evaluation.logits import log_softmax
from edgeci.evaluation.samples import Array
from edgeci.evaluation.text import TextSamples
from edgeci.types import Assessment, Format, Made, Recipe, Target, Task

TASK: Task = "text"
REQUIRES = ("mlx", "mlx_lm")
LOSSLESS = frozenset({"as-is"})
RUNS: Format = "mlx"

MAIN = "config.json"
DTYPES = ("float32", "float16", "bfloat16")
GROUPS = one_of(32, 64, 128)
METHODS: Mapping[str, Mapping[str, Callable[[Any], Any]]] = {
    "as-is": {"dtype": one_of(*DTYPES)},
    "int8": {"group_size": GROUPS, "dtype": one_of(*DTYPES)},
    "int6": {"group_size": GROUPS, "dtype": one_of(*DTYPES)},
    "int4": {"group_size": GROUPS, "dtype": one_of(*DTYPES)},
    "int3": {"group_size": GROUPS, "dtype": one_of(*DTYPES)},
    "int2": {"group_size": GROUPS, "dtype": one_of(*DTYPES)},
    "mixed": {
        "low_bits": one_of(2, 3, 4),
        "high_bits": one_of(4, 6, 8),
        "group_size": GROUPS,
        "dtype": one_of(*DTYPES),
    },
    "mxfp4": {"dtype": one_of(*DTYPES)},
}
BITS = {"int8": 8, "int6": 6, "int4": 4, "int3": 3, "int2": 2}
SENSITIVE = ("v_proj", "down_proj", "lm_head", "embed_tokens")
"""What `mixed` gives more bits: where llama.cpp's k-quant mixtures do (llama.cpp, llama_tensor_get_type)."""


def propose(assessment: Assessment, target: Target) -> Iterator[Recipe]:
    """As it is; of a folder that is not quantized yet also int4 and int8 in groups of 64."""
    if assessment.task != "text" or assessment.model.format not in ("huggingface", "mlx"):
        return
    yield Recipe(backend="mlx", method="as-is")
    if not any(concern.code == "already-quantized" for concern in assessment.concerns):
        yield Recipe(backend="mlx", method="int4")
        yield Recipe(backend="mlx", method="int8")


def optimize(model: Path, recipe: Recipe, samples: TextSamples | None, output: Path) -> Made:
    """Write an MLX folder, whose main file is config.json.

    Options: dtype (float32; what computes, and what stays unquantized); group_size (64); of mixed also low_bits (4)
    and high_bits (6).

    Raises:
        ConfigError: unknown method, option or value; no folder; quantized already.
        BackendFailed: an architecture mlx-lm does not know, or nothing was quantized.
    """
    options = checked(recipe, METHODS)
    config = source_config(model, recipe.method)
    from mlx_lm.utils import load_model, save_config, save_model

    try:
        network, settings = load_model(model, lazy=True)
    except ValueError as problem:
        raise BackendFailed(f"mlx-lm cannot load it: {problem}") from problem
    is_packed = "quantization" in config
    dtype = None if is_packed else str(options.pop("dtype", "float32"))
    if dtype is not None:
        cast(network, dtype)
        settings["dtype"] = settings["torch_dtype"] = dtype
    notes: list[str] = []
    if recipe.method != "as-is":
        network, settings, notes = quantized(network, settings, recipe.method, options)
    copy_companions(model, output)
    save_model(output, network)
    save_config(settings, output / MAIN)
    return Made(main=MAIN, notes=(*conversion_notes(config, dtype), *notes))


def source_config(model: Path, method: str) -> dict[str, Any]:
    if not (model / MAIN).is_file():
        raise ConfigError(f"mlx takes the folder of a Hugging Face or MLX model, and {model.name} is none")
    config: dict[str, Any] = json.loads((model / MAIN).read_text(encoding="utf-8"))
    if method != "as-is" and {"quantization", "quantization_config"} & config.keys():
        raise ConfigError(f"mlx {method}: the model is quantized already; give the folder it was made of")
    return config


def conversion_notes(config: Mapping[str, Any], dtype: str | None) -> list[str]:
    source = config.get("dtype") or config.get("torch_dtype")
    return [f"{source} -> {dtype}"] if dtype is not None and source not in (None, dtype) else []


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
        self.network, config = load_model(folder)
        self.runtime = {
            "runtime": f"mlx {mx.__version__}",
            "device": device,
            "dtype": str(config.get("dtype") or config.get("torch_dtype") or "as stored"),
            "threads": threads_note(device),
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
        fed = list(tokens)
        for _ in range(count):
            scores = self.network(mx.array([fed]), cache=cache)[0, -1]
            token = int(mx.argmax(scores).item())
            yield token
            fed = [token]
        del cache
        mx.clear_cache()


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


def threads_note(device: str) -> str:
    """MLX offers no setting of the threads; what was seen is said, so that nobody compares it with a pinned one."""
    return "chosen by Metal" if device == "gpu" else "chosen by MLX"


def load(model: Path, recipe: Recipe, target: Target) -> MlxSession:
    """Load a candidate's folder, of which `model` is config.json.

    Raises:
        BackendMissing: the target's accelerator is not there.
    """
    return MlxSession(model.parent, target)
