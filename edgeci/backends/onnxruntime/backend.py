"""ONNX Runtime: graph optimization, int8, float16 and int4, and inference for ONNX models.

"The quantizer returned" proves nothing here: it can write a graph that does not load, that fails at the first run, or
that answers garbage. The methods below stay with what was seen to work; the pipeline checks every candidate anyway.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from edgeci.backends.onnxruntime import session as onnxruntime_session
from edgeci.backends.onnxruntime.conversion import Maker, as_is, float16, graph_optimized
from edgeci.backends.onnxruntime.methods import DYNAMIC_OPERATORS, METHODS, STATIC_OPERATORS
from edgeci.backends.onnxruntime.mixed import int8_mixed
from edgeci.backends.onnxruntime.quantization import int4, int8_dynamic, int8_dynamic_all, int8_static
from edgeci.backends.onnxruntime.session import OnnxSession
from edgeci.backends.options import checked
from edgeci.evaluation.samples import Samples
from edgeci.types import Assessment, Format, Made, Recipe, Target

REQUIRES = ("onnxruntime", "onnx")
LOSSLESS = frozenset({"as-is", "graph-optimized"})
RUNS: Format = "onnx"

MAKERS: Mapping[str, Maker] = {
    "as-is": as_is,
    "graph-optimized": graph_optimized,
    "int8-dynamic": int8_dynamic,
    "int8-dynamic-all": int8_dynamic_all,
    "int8-static": int8_static,
    "int8-mixed": int8_mixed,
    "float16": float16,
    "int4": int4,
}


def propose(assessment: Assessment, target: Target) -> Iterator[Recipe]:
    """As it is; int8 and int4 where there is something to quantize; float16 where the hardware computes in it.

    What searches comes last.
    """
    if assessment.model.format != "onnx":
        return
    yield Recipe(backend="onnxruntime", method="as-is")
    yield Recipe(backend="onnxruntime", method="graph-optimized")
    if {"already-quantized", "half-precision"} & {concern.code for concern in assessment.concerns}:
        return
    if assessment.operators.keys() & set(STATIC_OPERATORS):
        yield Recipe(backend="onnxruntime", method="int8-static")
    if assessment.operators.keys() & set(DYNAMIC_OPERATORS):
        yield Recipe(backend="onnxruntime", method="int8-dynamic")
    if "MatMul" in assessment.operators:
        yield Recipe(backend="onnxruntime", method="int4")
    if target.accelerator == "gpu":
        yield Recipe(backend="onnxruntime", method="float16")
    if assessment.operators.keys() & set(STATIC_OPERATORS):
        yield Recipe(backend="onnxruntime", method="int8-mixed")


def optimize(model: Path, recipe: Recipe, samples: Samples | None, output: Path) -> Made:
    """Write the candidate as `model.onnx` in `output`.

    Raises:
        ConfigError: as `checked`, or static quantization without calibration data.
        BackendFailed: nothing in the model was quantized.
    """
    options = checked(recipe, METHODS)
    notes = MAKERS[recipe.method](model, options, samples, output / "model.onnx")
    return Made(main="model.onnx", notes=tuple(notes))


def load(model: Path, recipe: Recipe, target: Target) -> OnnxSession:
    """Load for inference.

    Raises:
        BackendMissing: the target's accelerator is not there, or the session fell back to another provider.
    """
    return OnnxSession(model, target)


profile_operators = onnxruntime_session.profile_operators
