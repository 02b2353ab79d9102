"""An ONNX model that answers in ONNX Runtime, and where its time goes by ONNX Runtime's own profile."""

import json
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from edgeci.errors import BackendFailed, BackendMissing
from edgeci.evaluation.arrays import Array
from edgeci.types import OperatorTime, Recipe, Target

SessionOptions = Any
"""onnxruntime's, known only where it may be imported."""
CONTROL_FLOW = {"Loop", "If", "Scan"}
PROVIDERS = {"cpu": "CPUExecutionProvider", "gpu": "CUDAExecutionProvider", "npu": "QNNExecutionProvider"}


class OnnxSession:
    """An inference session on the execution provider the target asks for, and on no other for a whole graph."""

    def __init__(self, model: Path, target: Target, profile: Path | None = None) -> None:
        import onnxruntime

        provider = PROVIDERS[target.accelerator]
        if provider not in onnxruntime.get_available_providers():
            raise BackendMissing(
                f"{provider} is unavailable: this onnxruntime offers {', '.join(onnxruntime.get_available_providers())}"
            )
        settings = session_options(target.threads)
        if profile is not None:
            settings.enable_profiling = True
            settings.profile_file_prefix = str(profile)
        self.session = onnxruntime.InferenceSession(model, settings, providers=[provider])
        if provider not in self.session.get_providers():
            raise BackendMissing(f"{provider} fell back to {', '.join(self.session.get_providers())}")
        self.runtime = {
            "runtime": f"onnxruntime {onnxruntime.__version__}",
            "execution_provider": provider,
            "threads": str(target.threads),
        }

    def infer(self, feeds: Mapping[str, Array]) -> list[Array]:
        return [plain(output) for output in self.session.run(None, feeds)]


def plain(output: Any) -> Array:
    """An output as an array: names as text, and scikit-learn's map from class to probability as a row of them.

    Raises:
        BackendFailed: a sequence or map of another kind, which no metric is taken of.
    """
    if isinstance(output, np.ndarray):
        return output.astype(str) if output.dtype == object else output
    if isinstance(output, list) and output and all(isinstance(row, dict) for row in output):
        return np.array([list(row.values()) for row in output], np.float32)
    raise BackendFailed(f"an output is a {type(output).__name__} and no tensor; export the model without it")


def session_options(threads: int) -> SessionOptions:
    """As many threads as the target has, which wait without spinning; warnings stay unsaid."""
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.inter_op_num_threads = 1
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    settings.log_severity_level = 3
    return settings


def profile_operators(
    model: Path, recipe: Recipe, target: Target, feeds: Mapping[str, Array], runs: int
) -> list[OperatorTime]:
    """Calls and ms of each operator type in one run, from ONNX Runtime's own profile.

    Loop, If and Scan hold their body's operators, which are listed themselves.
    """
    with tempfile.TemporaryDirectory() as folder:
        session = OnnxSession(model, target, Path(folder) / "profile")
        for _ in range(runs):
            session.infer(feeds)
        events = json.loads(Path(session.session.end_profiling()).read_bytes())
    return operator_times(events, runs)


def operator_times(events: list[dict[str, Any]], runs: int) -> list[OperatorTime]:
    """Of the kernels among a profile's events."""
    calls: Counter[str] = Counter()
    microseconds: Counter[str] = Counter()
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            operator = event["args"]["op_name"]
            if operator not in CONTROL_FLOW:
                calls[operator] += 1
                microseconds[operator] += event["dur"]
    return [
        OperatorTime(operator=name, calls=count / runs, milliseconds=microseconds[name] / 1e3 / runs)
        for name, count in calls.items()
    ]
