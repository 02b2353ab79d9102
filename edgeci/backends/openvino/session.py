"""A model that OpenVINO runs, and where its time goes by the plug-in's own counters."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgeci.errors import BackendMissing
from edgeci.evaluation.arrays import Array
from edgeci.types import OperatorTime, Recipe, Target

Framework = Any
"""An object of OpenVINO's, whose types are known only where it may be imported."""
DATA_LAYERS = ("Parameter", "Result", "Constant")
DEVICES = {"cpu": "CPU", "gpu": "GPU", "npu": "NPU"}
CAPABILITIES = {"f32": "FP32", "bf16": "BF16"}


class OpenvinoSession:
    """One stream on the device the target asks for, and on no other."""

    def __init__(self, model: Path, wanted: str, target: Target, with_counters: bool = False) -> None:
        import openvino

        core = openvino.Core()
        device = device_of(core, target)
        properties = settings(core, device, wanted, target.threads) | {"PERF_COUNT": with_counters}
        compiled = core.compile_model(core.read_model(model), device, properties)
        self.request = compiled.create_infer_request()
        self.runtime = {
            **described(compiled, device, target),
            "inference_precision": compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name(),
        }

    def infer(self, feeds: Mapping[str, Array]) -> list[Array]:
        return list(self.request.infer(dict(feeds), share_inputs=True).to_tuple())


def device_of(core: Framework, target: Target) -> str:
    """
    Raises:
        BackendMissing: the target's accelerator is not there.
    """
    device = DEVICES[target.accelerator]
    if not any(name.partition(".")[0] == device for name in core.available_devices):
        raise BackendMissing(f"OpenVINO finds no {device} here; it has {', '.join(core.available_devices)}")
    return device


def settings(core: Framework, device: str, wanted: str, threads: int) -> dict[str, object]:
    """
    Raises:
        BackendMissing: the device does not compute in the precision that is wanted.
    """
    chosen: dict[str, object] = {"NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY"}
    if device == "CPU":  # pinned to a core, a session would wait for whoever else was put there
        chosen |= {"INFERENCE_NUM_THREADS": threads, "ENABLE_CPU_PINNING": False}
    # Compiling for bf16 succeeds, several times slower, on a CPU without it; an NPU computes in no f32.
    if CAPABILITIES[wanted] in core.get_property(device, "OPTIMIZATION_CAPABILITIES"):
        chosen["INFERENCE_PRECISION_HINT"] = wanted
    elif wanted != "f32":
        raise BackendMissing(f"this {device} has no {wanted} ({core.get_property(device, 'FULL_DEVICE_NAME')})")
    return chosen


def described(compiled: Framework, device: str, target: Target) -> dict[str, str]:
    """What every session says of itself."""
    import openvino

    return {
        "runtime": f"openvino {openvino.__version__.partition('-')[0]}",
        "device": ", ".join(compiled.get_property("EXECUTION_DEVICES")),
        "layer_precisions": layer_precisions(compiled),
        "threads": str(compiled.get_property("INFERENCE_NUM_THREADS") if device == "CPU" else target.threads),
    }


def layer_precisions(compiled: Framework) -> str:
    """What each layer really computes in, `u8 13, f32 4`."""
    facts = [operation.get_rt_info() for operation in compiled.get_runtime_model().get_ops()]
    counts = Counter(
        entry["runtimePrecision"].astype(str)
        for entry in facts
        if entry["layerType"].astype(str) not in ("Const", "Input", "Output", "Reorder")
    )
    return ", ".join(f"{precision} {count}" for precision, count in counts.most_common())


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
