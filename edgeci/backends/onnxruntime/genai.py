"""ONNX Runtime for language models: onnxruntime-genai's model builder writes the graph, ONNX Runtime alone runs it.

The builder's graphs hold ONNX Runtime's own operators (grouped-query attention, 4- and 8-bit matrix products). They are
run by plain sessions, because onnxruntime-genai's generator gives the scores of a prompt's last token only.
"""

from collections.abc import Iterator
from pathlib import Path

from edgeci.backends.huggingface_folder import config, copy_companions, is_exportable
from edgeci.backends.onnxruntime.genai_build import build, builder_options, quantization, refuse_broken
from edgeci.backends.onnxruntime.genai_methods import METHODS
from edgeci.backends.onnxruntime.genai_session import OnnxTextSession
from edgeci.backends.options import checked
from edgeci.evaluation.text_items import TextSamples
from edgeci.types import Assessment, Format, Made, Recipe, Target

KINDS = frozenset({"text"})
INSTALL_FIRST = ("torch==2.13.0",)
"""The CPU build, before anything asks for torch and gets gigabytes of CUDA."""
REQUIRES = ("onnxruntime_genai", "onnxruntime", "onnx", "onnx_ir", "transformers", "torch")
LOSSLESS = frozenset({"as-is"})
RUNS: Format = "onnx"

MAIN = "model.onnx"
BUILDER = {"as-is": "fp32", "int8": "int8", "int4": "int4"}
BITS = {"int8": 8, "int4": 4}


def propose(assessment: Assessment, target: Target) -> Iterator[Recipe]:
    """Of a Hugging Face folder that is not quantized, for CPUs: as it is, int8 weights, int4 weights."""
    if assessment.kind in KINDS and target.accelerator == "cpu" and is_exportable(assessment):
        for method in METHODS:
            yield Recipe(backend="onnxruntime_genai", method=method)


def optimize(model: Path, recipe: Recipe, samples: TextSamples | None, output: Path) -> Made:
    """Write `model.onnx`, its data and `genai_config.json` in `output`, and the source's tokenizer beside them.

    Raises:
        ConfigError: as `checked`, no Hugging Face folder, or options that give an invalid graph.
        BackendFailed: an architecture the builder does not know, or nothing was quantized.
    """
    options = checked(recipe, METHODS)
    source = config(model, "onnxruntime_genai")
    refuse_broken(recipe.method, options, source)
    build(model, BUILDER[recipe.method], builder_options(recipe.options), output)
    copy_companions(model, output)
    notes = [] if recipe.method == "as-is" else quantization(output / MAIN, BITS[recipe.method])
    dtype = source.get("dtype") or source.get("torch_dtype") or "float32"
    if dtype != "float32":
        notes.append(f"what stays unquantized went from {dtype} to float32, in which ONNX Runtime computes on a CPU")
    return Made(main=MAIN, notes=tuple(notes))


def load(model: Path, recipe: Recipe, target: Target) -> OnnxTextSession:
    """Load for inference.

    Raises:
        BackendMissing: the target's accelerator is no CPU.
    """
    return OnnxTextSession(model, target)
