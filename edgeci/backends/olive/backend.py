"""Microsoft Olive: its passes and its search over them, for ONNX models; what they make runs in ONNX Runtime.

Every method is an Olive run configuration. Olive ends well whatever happened, so nothing it returns is believed: a
candidate is what came out of every pass by its footprint, and what is quantized by the file itself. Olive's evaluators
are not used, except where its search must have one; edgeci measures.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from edgeci.backends.olive.methods import METHODS
from edgeci.backends.olive.result import refuse_idle, ship
from edgeci.backends.olive.run_configuration import needs_samples, run_config
from edgeci.backends.olive.workflow import execute
from edgeci.backends.onnxruntime import backend as onnxruntime
from edgeci.backends.onnxruntime.conversion import as_is, ready
from edgeci.backends.onnxruntime.methods import MATRIX_OPERATORS, STATIC_OPERATORS
from edgeci.backends.onnxruntime.session import OnnxSession
from edgeci.backends.options import checked
from edgeci.errors import ConfigError
from edgeci.evaluation.samples import Samples
from edgeci.types import Assessment, Format, Made, Recipe, Target

REQUIRES = ("olive", "onnxruntime", "onnx", "torch", "requests")
INSTALL_FIRST = ("torch==2.13.0",)
"""The CPU build, before anything asks for torch and gets gigabytes of CUDA."""
KEEPS_WORKER = True
"""Importing Olive takes longer than most of its passes: recipes of one run may share a worker."""
LOSSLESS = frozenset({"as-is"})
RUNS: Format = "onnx"

TRANSFORMER_OPERATORS = {"MatMul", "Softmax"}


def propose(assessment: Assessment, target: Target) -> Iterator[Recipe]:
    """As it is; int8, fused where it looks like a transformer, and a search where there is something to quantize."""
    if assessment.model.format != "onnx":
        return
    operators = assessment.operators.keys()
    yield Recipe(backend="olive", method="as-is")
    if {"already-quantized", "half-precision"} & {concern.code for concern in assessment.concerns}:
        return
    if operators & set(STATIC_OPERATORS):
        yield Recipe(backend="olive", method="int8-static")
    if operators & set(MATRIX_OPERATORS):
        yield Recipe(backend="olive", method="int8-dynamic")
    if operators >= TRANSFORMER_OPERATORS and "Conv" not in operators:
        yield Recipe(backend="olive", method="transformers")
    if operators & set(STATIC_OPERATORS):
        yield Recipe(backend="olive", method="search")


def optimize(model: Path, recipe: Recipe, samples: Samples | None, output: Path) -> Made:
    """Write the candidate as `model.onnx`, and its external data, in `output`.

    Raises:
        ConfigError: as `checked`, an unknown pass or parameter of a pass, or calibration data are missing.
        BackendFailed: a pass failed or did nothing, with what Olive said.
    """
    options = checked(recipe, METHODS)
    if recipe.method == "as-is":
        return Made(main="model.onnx", notes=tuple(as_is(model, {}, None, output / "model.onnx")))
    if samples is None and needs_samples(recipe.method, options):
        raise ConfigError(f"olive {recipe.method} needs calibration data; set data.calibration in edgeci.yaml")
    with tempfile.TemporaryDirectory(prefix="edgeci-olive-") as name:
        scratch = Path(name)
        source = ready(model, scratch).resolve()
        outcome = execute(source, run_config(recipe.method, options), samples, scratch)
        refuse_idle(recipe.method, outcome)
        ship(outcome.model, output)
    return Made(main="model.onnx", notes=outcome.notes)


def load(model: Path, recipe: Recipe, target: Target) -> OnnxSession:
    """Load for inference in ONNX Runtime.

    Raises:
        BackendMissing: as onnxruntime's.
    """
    return onnxruntime.load(model, recipe, target)


profile_operators = onnxruntime.profile_operators
