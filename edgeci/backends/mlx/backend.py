"""Apple MLX: language models converted and quantized by mlx-lm, run on Apple GPUs or on any CPU.

On Linux MLX computes on one thread of the CPU, several times slower than on Apple silicon: sizes and answers can be
judged there, latency on a Mac. A file keeps its source's precision; a CPU computes it in float32, because MLX has no
fast kernels for 16-bit floats there, and a GPU as it is stored.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from edgeci.backends.huggingface_folder import copy_companions
from edgeci.backends.mlx.methods import HALVES, METHODS
from edgeci.backends.mlx.precision import Network, cast, floats
from edgeci.backends.mlx.quantization import packing_of, quantized
from edgeci.backends.mlx.session import MlxSession
from edgeci.backends.options import Values, checked
from edgeci.errors import BackendFailed, ConfigError
from edgeci.evaluation.text_items import TextSamples
from edgeci.types import Assessment, Format, Made, Recipe, Target

KINDS = frozenset({"text"})
REQUIRES = ("mlx", "mlx_lm")
LOSSLESS = frozenset({"as-is"})
RUNS: Format = "mlx"

MAIN = "config.json"


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

    Raises:
        ConfigError: as `checked`; no folder; quantized already.
        BackendFailed: an architecture mlx-lm does not know, or nothing was quantized.
    """
    options = checked(recipe, METHODS)
    packing = None if recipe.method in ("as-is", *HALVES) else packing_of(recipe.method, options)
    refuse_unsuited(model, recipe.method)
    from mlx_lm.utils import save_config, save_model

    network, settings = loaded(model)
    notes = narrowed(network, settings, recipe.method if recipe.method in HALVES else options.get("dtype"))
    if packing is not None:
        network, settings, about = quantized(network, settings, packing)
        notes += about
    copy_companions(model, output)
    save_model(output, network)
    save_config(settings, output / MAIN)
    return Made(main=MAIN, notes=tuple(notes))


def loaded(model: Path) -> tuple[Network, Values]:
    """
    Raises:
        BackendFailed: an architecture mlx-lm does not know.
    """
    from mlx_lm.utils import load_model

    try:
        network, settings = load_model(model, lazy=True, trust_remote_code=False)
    except ValueError as problem:
        raise BackendFailed(f"mlx-lm cannot load it: {problem}") from problem
    return network, settings


def narrowed(network: Network, settings: Values, dtype: str | None) -> list[str]:
    """Every floating-point weight to one dtype, if any; said where it had another."""
    if dtype is None:
        return []
    before = floats(network)
    cast(network, dtype)
    settings["dtype"] = settings["torch_dtype"] = dtype
    return [f"{before} -> {dtype}"] if dtype != before else []


def refuse_unsuited(model: Path, method: str) -> None:
    """
    Raises:
        ConfigError: no folder, or one whose weights are packed already and should be packed or cast again.
    """
    if not (model / MAIN).is_file():
        raise ConfigError(f"mlx takes the folder of a Hugging Face or MLX model, and {model.name} is none")
    config: Values = json.loads((model / MAIN).read_text(encoding="utf-8"))
    if method != "as-is" and {"quantization", "quantization_config"} & config.keys():
        raise ConfigError(f"mlx {method}: the model is quantized already; give the folder it was made of")


def load(model: Path, recipe: Recipe, target: Target) -> MlxSession:
    """Load a candidate's folder, of which `model` is config.json.

    Raises:
        BackendMissing: the target's accelerator is not there.
    """
    return MlxSession(model.parent, target)
