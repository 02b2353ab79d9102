"""What ONNX Runtime's quantizers need to work at all, as far as a model lets it be done."""

import contextlib
import tempfile
from pathlib import Path

from edgeci.accidents import is_accident
from edgeci.backends.onnxruntime.conversion import ready
from edgeci.backends.onnxruntime.tensor_types import typed


def preprocessed(model: Path, folder: Path) -> tuple[Path, list[str]]:
    """Constants as initializers, shapes inferred, opset 17: what the quantizers need to work at all.

    Symbolic shape inference fails on most real models; without it the rest of the preprocessing still counts.
    """
    from onnxruntime.quantization.shape_inference import quant_pre_process

    source = ready(model, folder).resolve()
    result = folder.resolve() / "intermediate-preprocessed.onnx"
    failures = []
    for settings in ({}, {"skip_symbolic_shape": True}, {"skip_symbolic_shape": True, "skip_optimization": True}):
        try:
            # Where it fails, it leaves the whole model in the current folder.
            with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
                quant_pre_process(str(source), str(result), **settings)
        except Exception as problem:  # it raises bare Exception for an incomplete inference
            if is_accident(problem):
                raise
            failures.append((str(problem) or type(problem).__name__).splitlines()[0][:120])
        else:
            typed(result)
            left_out = " and ".join(name.removeprefix("skip_").replace("_", " ") for name in settings)
            return result, [f"preprocessed without {left_out} ({failures[-1]})"] if settings else []
    return source, [f"not preprocessed ({'; '.join(failures)})"]
