"""OpenVINO and NNCF: float32, bfloat16, int8 and int4 from ONNX models and IRs, and inference on Intel devices.

What OpenVINO does unasked is pinned here: it would store float16 weights, compute in bfloat16 where the CPU can, and
put a counter of the process into the file it writes.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from edgeci.backends.openvino import session as openvino_session
from edgeci.backends.openvino.accuracy_control import int8_accuracy_control
from edgeci.backends.openvino.compression import int4_weights, int8_ptq, int8_weights
from edgeci.backends.openvino.intermediate_representation import Model, Product, convert, save
from edgeci.backends.openvino.methods import METHODS
from edgeci.backends.openvino.session import OpenvinoSession, precision
from edgeci.backends.options import Values, checked
from edgeci.evaluation.samples import Samples
from edgeci.types import Assessment, Format, Made, Recipe, Target

REQUIRES = ("openvino", "nncf", "onnx")
LOSSLESS = frozenset({"as-is"})
RUNS: Format = "openvino_ir"

SOURCES = ("onnx", "openvino_ir")
CONVOLUTIONS = ("Conv", "Convolution", "GroupConvolution")
"""As ONNX and as OpenVINO call them."""
QUANTIZABLE = (*CONVOLUTIONS, "MatMul", "Gemm")


def propose(assessment: Assessment, target: Target) -> Iterator[Recipe]:
    """As it is; bfloat16, which `load` refuses on a CPU without it; int8 and int4 where there is something to do."""
    concerns = {concern.code for concern in assessment.concerns}
    if assessment.model.format not in SOURCES or "stateful" in concerns:  # a state would leak from item to item
        return
    operators = assessment.operators
    yield Recipe(backend="openvino", method="as-is")
    if target.accelerator == "cpu":
        yield Recipe(backend="openvino", method="bf16")
    if {"already-quantized", "half-precision"} & concerns:
        return
    if operators.keys() & set(QUANTIZABLE):
        transformer = not operators.keys() & set(CONVOLUTIONS) and {"MatMul", "Softmax"} <= operators.keys()
        options = {"model_type": "transformer"} if transformer else {}
        yield Recipe(backend="openvino", method="int8-ptq", options=options)
        yield Recipe(backend="openvino", method="int8-accuracy-control", options=options)
    if "MatMul" in operators:
        yield Recipe(backend="openvino", method="int8-weights")
        yield Recipe(backend="openvino", method="int4-weights")


def optimize(model: Path, recipe: Recipe, samples: Samples | None, output: Path) -> Made:
    """Write the candidate as `model.xml` and `model.bin` in `output`; the same input gives the same bytes anywhere.

    Raises:
        ConfigError: as `checked`, or calibration data or their labels are missing.
        BackendFailed: nothing was quantized, or not within the accuracy that was asked for.
    """
    options = checked(recipe, METHODS)
    source, converted = convert(model, samples)
    made, notes = MAKERS[recipe.method](source, options, samples)
    save(made, output)
    return Made(main="model.xml", notes=(*converted, *notes))


def unchanged(model: Model, options: Values, samples: Samples | None) -> Product:
    return model, []


MAKERS: Mapping[str, Callable[[Model, Values, Samples | None], Product]] = {
    "as-is": unchanged,
    "bf16": unchanged,
    "int8-ptq": int8_ptq,
    "int8-accuracy-control": int8_accuracy_control,
    "int8-weights": int8_weights,
    "int4-weights": int4_weights,
}


def load(model: Path, recipe: Recipe, target: Target) -> OpenvinoSession:
    """Load for inference.

    Raises:
        BackendMissing: the target's accelerator is not there, or the CPU has no bfloat16 for bf16.
    """
    return OpenvinoSession(model, precision(recipe), target)


profile_operators = openvino_session.profile_operators
