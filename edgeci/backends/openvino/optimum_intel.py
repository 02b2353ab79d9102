"""OpenVINO for language models: optimum-intel exports a Hugging Face folder, NNCF compresses, OpenVINO alone runs it.

What happens unasked is pinned here: the exporter would compress a model of more than a billion parameters to int8, and
write that its key-value cache be float16; the CPU plug-in would compute in bfloat16 where the CPU can, quantize
activations on the fly, and keep the key-value cache in 8 bits.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from edgeci.backends.huggingface_folder import config, copy_companions, is_exportable
from edgeci.backends.openvino.intermediate_representation import Model, Product, save
from edgeci.backends.openvino.optimum_export import MAIN, export
from edgeci.backends.openvino.optimum_methods import METHODS
from edgeci.backends.openvino.text_compression import Windows, as_is, int4, int8
from edgeci.backends.openvino.text_session import OpenvinoEmbedder, OpenvinoTextSession
from edgeci.backends.options import Values, checked
from edgeci.errors import ConfigError
from edgeci.evaluation.sentence_transformers import pooling
from edgeci.evaluation.text_items import TextSamples
from edgeci.types import Assessment, Format, Made, Recipe, Target

KINDS = frozenset({"text", "embeddings"})
INSTALL_FIRST = ("torch==2.13.0",)
"""The CPU build, before anything asks for torch and gets gigabytes of CUDA."""
REQUIRES = ("optimum", "openvino", "nncf", "transformers", "torch")  # not optimum.intel: to look for it imports optimum
LOSSLESS = frozenset({"as-is"})
RUNS: Format = "openvino_ir"

CALIBRATED = ("awq", "scale_estimation")
MAKERS: Mapping[str, Callable[[Model, Values, Windows], Product]] = {"as-is": as_is, "int8": int8, "int4": int4}


def propose(assessment: Assessment, target: Target) -> Iterator[Recipe]:
    """Of a Hugging Face folder that is not quantized: as it is, int8 weights, int4 weights."""
    if assessment.kind in KINDS and is_exportable(assessment):
        for method in METHODS:
            yield Recipe(backend="optimum_intel", method=method)


def optimize(model: Path, recipe: Recipe, samples: TextSamples | None, output: Path) -> Made:
    """Write `openvino_model.xml` and `.bin` in `output`, and the source's tokenizer and configuration beside them.

    Raises:
        ConfigError: as `checked`, no Hugging Face folder, a group size that does not divide, or no
            calibration text for a method that needs it.
        BackendFailed: int4 or int8 was asked for and no weight became it.
    """
    options = checked(recipe, METHODS)
    config(model, "optimum_intel")
    windows = calibration(options, samples)
    exported = export(model, "text-generation-with-past" if pooling(model) is None else "feature-extraction")
    made, notes = MAKERS[recipe.method](exported, options, windows)
    save(made, output, MAIN)
    copy_companions(model, output)
    return Made(main=MAIN, notes=tuple(notes))


def calibration(options: Values, samples: TextSamples | None) -> Windows:
    """Running text, where an option needs it.

    Raises:
        ConfigError: there is none.
    """
    if not any(options.get(name) for name in CALIBRATED):
        return ()
    if samples is None or not samples.windows:
        raise ConfigError("int4: awq and scale_estimation need running text; set data.calibration in edgeci.yaml")
    return samples.windows


def load(model: Path, recipe: Recipe, target: Target) -> OpenvinoTextSession | OpenvinoEmbedder:
    """Load for inference.

    Raises:
        BackendMissing: the target's accelerator is not there.
    """
    options = checked(recipe, METHODS)
    if (how := pooling(model.parent)) is not None:
        return OpenvinoEmbedder(model, options, target, how)
    return OpenvinoTextSession(model, options, target)
