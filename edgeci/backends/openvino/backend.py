"""OpenVINO and NNCF: float32, bfloat16, int8 and int4 from ONNX models and IRs, and inference on Intel devices.

What OpenVINO does unasked is pinned here: it would store float16 weights, compute in bfloat16 where the CPU can, and
put a counter of the process into the file it writes.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from edgeci.accidents import is_accident
from edgeci.backends.openvino.compression import (
    Options,
    Product,
    checked,
    int4_weights,
    int8_accuracy_control,
    int8_ptq,
    int8_weights,
)
from edgeci.errors import BackendFailed, BackendMissing, ConfigError
from edgeci.evaluation.samples import Array, Samples
from edgeci.types import Assessment, Format, Made, OperatorTime, Recipe, Target

REQUIRES = ("openvino", "nncf", "onnx")
LOSSLESS = frozenset({"as-is"})
RUNS: Format = "openvino_ir"
METHODS = ("as-is", "bf16", "int8-ptq", "int8-accuracy-control", "int8-weights", "int4-weights")

SOURCES = ("onnx", "openvino_ir")
CONVOLUTIONS = ("Conv", "Convolution", "GroupConvolution")
"""As ONNX and as OpenVINO call them."""
QUANTIZABLE = (*CONVOLUTIONS, "MatMul", "Gemm")
DATA_LAYERS = ("Parameter", "Result", "Constant")
DEVICES = {"cpu": "CPU", "gpu": "GPU", "npu": "NPU"}
CAPABILITIES = {"f32": "FP32", "bf16": "BF16"}
UNNAMED = re.compile(rb'(<layer id="\d+" name="[A-Z][A-Za-z0-9]*)_\d+')


def propose(assessment: Assessment, target: Target) -> Iterator[Recipe]:
    """As it is; bfloat16, which `load` refuses on a CPU without it; int8 and int4 where there is something to do."""
    found = {concern.code for concern in assessment.concerns}
    if assessment.model.format not in SOURCES or "stateful" in found:  # a state would leak from item to item
        return
    operators = assessment.operators
    yield Recipe(backend="openvino", method="as-is")
    if target.accelerator == "cpu":
        yield Recipe(backend="openvino", method="bf16")
    if {"already-quantized", "half-precision"} & found:
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
        ConfigError: unknown method or option, or calibration data or its labels are missing.
        BackendFailed: nothing was quantized, or not within the accuracy that was asked for.
    """
    makers: dict[str, Callable[[Any, Options, Samples | None], Product]] = {
        "as-is": unchanged,
        "bf16": unchanged,
        "int8-ptq": int8_ptq,
        "int8-accuracy-control": int8_accuracy_control,
        "int8-weights": int8_weights,
        "int4-weights": int4_weights,
    }
    if recipe.method not in makers:
        raise ConfigError(f"openvino has no method {recipe.method!r}; it has {', '.join(makers)}")
    source, converted = convert(model, samples)
    made, notes = makers[recipe.method](source, dict(recipe.options), samples)
    save(made, output)
    return Made(main="model.xml", notes=(*converted, *notes))


def convert(model: Path, samples: Samples | None) -> Product:
    """Dynamic shapes as the model has them; where OpenVINO cannot convert those, the shapes of the first item.

    An IR needs no conversion.
    """
    import openvino

    if model.suffix == ".xml":
        return openvino.Core().read_model(model), []
    try:
        return openvino.convert_model(model), []  # a Path, because the name of a str would be written into the IR
    except Exception as problem:
        if is_accident(problem):
            raise
        reason = " ".join(str(problem).split())[-300:]
        if samples is None:
            raise BackendFailed(
                f"OpenVINO cannot convert this model ({reason}); if it is for its dynamic shapes, set data.calibration "
                "in edgeci.yaml and it is tried with the shapes of an item"
            ) from problem
    shapes = [(name, list(values.shape)) for name, values in samples.feeds(0).items()]
    sizes = ", ".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in shapes)
    return openvino.convert_model(model, input=shapes), [f"static shapes ({sizes}), as dynamic ones failed: {reason}"]


def save(model: Any, folder: Path, name: str = "model.xml") -> None:
    """Weights as they are, not as float16; nothing in the bytes that depends on the file name or the process."""
    import openvino

    path = folder / name
    openvino.save_model(model, path, compress_to_fp16=False)
    # Unnamed operations are numbered by a counter of the process: count them in the file's own order instead.
    numbers = iter(range(2**62))
    path.write_bytes(UNNAMED.sub(lambda match: match[1] + b"_%d" % next(numbers), path.read_bytes()))


def unchanged(model: Any, options: Options, samples: Samples | None) -> Product:
    checked(options, {})
    return model, []


class OpenvinoSession:
    """One stream on the device the target asks for, and on no other."""

    def __init__(self, model: Path, wanted: str, target: Target, with_counters: bool = False) -> None:
        import openvino

        core, device = openvino.Core(), DEVICES[target.accelerator]
        if not any(found.partition(".")[0] == device for found in core.available_devices):
            raise BackendMissing(f"OpenVINO finds no {device} here; it has {', '.join(core.available_devices)}")
        settings: Options = {"NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY", "PERF_COUNT": with_counters}
        if device == "CPU":  # pinned to a core, a session would wait for whoever else was put there
            settings |= {"INFERENCE_NUM_THREADS": target.threads, "ENABLE_CPU_PINNING": False}
        # Compiling for bf16 succeeds, several times slower, on a CPU without it; an NPU computes in no f32.
        if CAPABILITIES[wanted] in core.get_property(device, "OPTIMIZATION_CAPABILITIES"):
            settings["INFERENCE_PRECISION_HINT"] = wanted
        elif wanted != "f32":
            raise BackendMissing(f"this {device} has no {wanted} ({core.get_property(device, 'FULL_DEVICE_NAME')})")
        compiled = core.compile_model(core.read_model(model), device, settings)
        self.request = compiled.create_infer_request()
        self.runtime = {
            "runtime": f"openvino {openvino.__version__.partition('-')[0]}",
            "device": ", ".join(compiled.get_property("EXECUTION_DEVICES")),
            "inference_precision": compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name(),
            "layer_precisions": layer_precisions(compiled),
            "threads": str(compiled.get_property("INFERENCE_NUM_THREADS") if device == "CPU" else target.threads),
        }

    def infer(self, feeds: Mapping[str, Array]) -> list[Array]:
        return list(self.request.infer(dict(feeds), share_inputs=True).to_tuple())


def layer_precisions(compiled: Any) -> str:
    """What each layer really computes in, `u8 13, f32 4`."""
    described = [operation.get_rt_info() for operation in compiled.get_runtime_model().get_ops()]
    counts = Counter(
        entry["runtimePrecision"].astype(str)
        for entry in described
        if entry["layerType"].astype(str) not in ("Const", "Input", "Output", "Reorder")
    )
    return ", ".join(f"{precision} {count}" for precision, count in counts.most_common())


def load(model: Path, recipe: Recipe, target: Target) -> OpenvinoSession:
    """Load for inference.

    Raises:
        BackendMissing: the target's accelerator is not there, or the CPU has no bfloat16 for bf16.
    """
    return OpenvinoSession(model, precision(recipe), target)


def precision(recipe: Recipe) -> str:
    return "bf16" if recipe.method == "bf16" else "f32"


def profile_operators(
    model: Path, recipe: Recipe, target: Target, feeds: Mapping[str, Array], runs: int
) -> list[OperatorTime]:
    """Calls and ms of each layer type in one run, from the plug-in's performance counters.

    Layers that take less than a microsecond look as if they had not run; they are counted, at no time.
    """
    session = OpenvinoSession(model, precision(recipe), target, with_counters=True)
    calls: Counter[str] = Counter()
    milliseconds: Counter[str] = Counter()
    for _ in range(runs):
        session.infer(feeds)
        for layer in session.request.get_profiling_info():
            if layer.node_type not in DATA_LAYERS and layer.status != layer.Status.OPTIMIZED_OUT:
                calls[layer.node_type] += 1
                milliseconds[layer.node_type] += layer.real_time.total_seconds() * 1e3
    return [
        OperatorTime(operator=name, calls=count / runs, milliseconds=milliseconds[name] / runs)
        for name, count in calls.items()
    ]
