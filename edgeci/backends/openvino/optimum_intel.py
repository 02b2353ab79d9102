"""OpenVINO for language models: optimum-intel exports a Hugging Face folder, NNCF compresses, OpenVINO alone runs it.

What happens unasked is pinned here: the exporter would compress a model of more than a billion parameters to int8, and
write that its key-value cache be float16; the CPU plug-in would compute in bfloat16 where the CPU can, quantize
activations on the fly, and keep the key-value cache in 8 bits.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from edgeci.backends.huggingface_folder import config, copy_companions, is_exportable
from edgeci.backends.openvino.backend import save
from edgeci.backends.openvino.compression import INT4, INT8, constants
from edgeci.backends.openvino.text_session import ACTIVATIONS, OpenvinoEmbedder, OpenvinoTextSession, arguments, names
from edgeci.backends.options import checked, flag, one_of, share, whole
from edgeci.errors import BackendFailed, ConfigError
from edgeci.evaluation.sentence_transformers import pooling
from edgeci.evaluation.text_items import TextSamples
from edgeci.types import Assessment, Format, Made, Recipe, Target

KINDS = frozenset({"text", "embeddings"})
INSTALL_FIRST = ("torch==2.13.0",)
"""The CPU build, before anything asks for torch and gets gigabytes of CUDA."""
REQUIRES = ("optimum", "openvino", "nncf", "transformers", "torch")  # not optimum.intel: to look for it imports optimum
LOSSLESS = frozenset({"as-is"})
RUNS: Format = "openvino_ir"

MAIN = "openvino_model.xml"
GROUP_SIZE = 64
"""NNCF's own 128 does not divide the 576 or 960 channels of small models."""
RUNNING = {"activations": one_of(*ACTIVATIONS), "kv_cache": one_of("f32", "f16", "u8")}
"""Options of how it runs, not of what is written."""
CALIBRATED = ("awq", "scale_estimation")
METHODS: Mapping[str, Mapping[str, Callable[[Any], Any]]] = {
    "as-is": {},
    "int8": {"symmetric": flag, **RUNNING},
    "int4": {
        "symmetric": flag,
        "group_size": whole,
        "ratio": share,
        "all_layers": flag,
        "awq": flag,
        "scale_estimation": flag,
        **RUNNING,
    },
}


def propose(assessment: Assessment, target: Target) -> Iterator[Recipe]:
    """Of a Hugging Face folder that is not quantized: as it is, int8 weights, int4 weights."""
    if assessment.kind in KINDS and is_exportable(assessment):
        for method in METHODS:
            yield Recipe(backend="optimum_intel", method=method)


def optimize(model: Path, recipe: Recipe, samples: TextSamples | None, output: Path) -> Made:
    """Write `openvino_model.xml` and `.bin` in `output`, and the source's tokenizer and configuration beside them.

    Raises:
        ConfigError: no Hugging Face folder, unknown method or option, a group size that does not divide, or no
            calibration text for a method that needs it.
        BackendFailed: int4 or int8 was asked for and no weight became it.
    """
    options = {name: value for name, value in checked(recipe, METHODS).items() if name not in RUNNING}
    config(model, "optimum_intel")
    embeds = pooling(model) is not None
    if any(options.get(name) for name in CALIBRATED) and not (samples and samples.windows):
        raise ConfigError("int4: awq and scale_estimation need running text; set data.calibration in edgeci.yaml")
    exported = export(model, "feature-extraction" if embeds else "text-generation-with-past")
    makers = {"as-is": as_is, "int8": int8, "int4": int4}
    made, notes = makers[recipe.method](exported, options, samples)
    save(made, output, MAIN)
    copy_companions(model, output)
    return Made(main=MAIN, notes=tuple(notes))


def export(model: Path, task: str) -> Any:
    """An openvino.Model, of a language model with its key-value cache inside; weights as precise as in the folder."""
    import openvino
    from optimum.exporters.openvino import main_export
    from optimum.intel import OVConfig

    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        main_export(
            str(model),
            folder,
            task=task,
            library_name="transformers",
            local_files_only=True,
            trust_remote_code=False,
            ov_config=OVConfig(dtype=None),  # without one, a model of a billion parameters silently becomes int8
            model_loading_kwargs={"use_safetensors": True},
        )
        core = openvino.Core()
        core.set_property({"ENABLE_MMAP": False})  # the folder goes
        exported = core.read_model(Path(folder) / MAIN)
    exported.set_friendly_name("text_model")  # else a counter of the process
    return exported


Product = tuple[Any, list[str]]


def as_is(model: Any, options: dict[str, Any], samples: TextSamples | None) -> Product:
    return model, []


def int8(model: Any, options: dict[str, Any], samples: TextSamples | None) -> Product:
    """Weights only, per channel, embeddings too. Options: symmetric (false)."""
    import nncf

    mode = nncf.CompressWeightsMode.INT8_SYM if options.get("symmetric") else nncf.CompressWeightsMode.INT8_ASYM
    compressed = nncf.compress_weights(model, mode=mode)
    if not any(constants(compressed)[dtype] for dtype in INT8):
        raise BackendFailed("int8 was asked for, but no weight is eligible: nothing was compressed")
    return compressed, []


def int4(model: Any, options: dict[str, Any], samples: TextSamples | None) -> Product:
    """Weights only, in groups; embeddings and the last layer stay int8 unless all_layers.

    Options: symmetric (false), group_size (64; -1 for whole channels), ratio (1.0: share of the weights that become
    int4), all_layers (false), awq and scale_estimation (false; they need calibration text).
    """
    import nncf

    settings: dict[str, Any] = {"group_size": GROUP_SIZE, **options}
    mode = "int4_sym" if settings.pop("symmetric", False) else "int4_asym"
    windows = samples.windows if samples and any(options.get(name) for name in CALIBRATED) else ()
    fallback = nncf.GroupSizeFallbackMode
    try:
        compressed = nncf.compress_weights(
            model,
            mode=nncf.CompressWeightsMode(mode),
            dataset=nncf.Dataset([arguments(names(model), window, 0) for window in windows]) if windows else None,
            advanced_parameters=nncf.AdvancedCompressionParameters(
                group_size_fallback_mode=fallback.ERROR if "group_size" in options else fallback.ADJUST
            ),
            **settings,
        )
    except nncf.InvalidGroupSizeError as problem:
        sizes = sorted({int(part.split(")")[0]) for part in str(problem).split("channel size: ")[1:]})
        raise ConfigError(
            f"int4: group_size {settings['group_size']} does not divide the {' or '.join(map(str, sizes))} channels "
            "of this model; 64 and 32 usually do, -1 takes whole channels"
        ) from problem
    return compressed, shares(compressed)


def shares(model: Any) -> list[str]:
    """What the weights became: NNCF falls back to int8 without a word.

    Raises:
        BackendFailed: no int4 in it.
    """
    found = constants(model)
    four, eight = (sum(found[dtype] for dtype in dtypes) for dtypes in (INT4, INT8))
    if not four:
        raise BackendFailed("int4 was asked for, but no weight is eligible: all of them would be int8")
    return [f"int4 for {four / (four + eight):.0%} of the compressed weights, int8 for the rest"] if eight else []


def load(model: Path, recipe: Recipe, target: Target) -> OpenvinoTextSession | OpenvinoEmbedder:
    """Load for inference.

    Raises:
        BackendMissing: the target's accelerator is not there.
    """
    if (how := pooling(model.parent)) is not None:
        return OpenvinoEmbedder(model, recipe, target, how)
    return OpenvinoTextSession(model, recipe, target)
