"""An ONNX model with the bits it has or half of them: as it is, its graph optimized, float16.

Quantization starts from the sound copy that `ready` makes, too.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edgeci.backends.options import Values
from edgeci.evaluation.samples import Samples

Maker = Callable[[Path, Values, Samples | None, Path], list[str]]
"""Model, options, calibration items, the file to write -> notes."""
Proto = Any
"""An onnx.ModelProto: onnx's own types are known only where it may be imported."""
PORTABLE_OPSET = 17


def as_is(model: Path, options: Values, samples: Samples | None, output: Path) -> list[str]:
    """The same bytes, external data too. Doubled opset imports, of which ONNX Runtime takes the last, are merged."""
    import onnx

    shutil.copytree(model.parent, output.parent, dirs_exist_ok=True)
    if model.name != output.name:
        (output.parent / model.name).rename(output)
    proto = onnx.load(output, load_external_data=False)
    if not merge_opsets(proto):
        return []
    output.write_bytes(proto.SerializeToString())
    return ["doubled opset imports merged"]


def merge_opsets(proto: Proto) -> bool:
    """Keep the highest import of each domain; whether anything changed."""
    highest: dict[str, int] = {}
    for entry in proto.opset_import:
        domain = "" if entry.domain == "ai.onnx" else entry.domain
        highest[domain] = max(entry.version, highest.get(domain, 0))
    if len(highest) == len(proto.opset_import):
        return False
    del proto.opset_import[:]
    for domain, version in highest.items():
        proto.opset_import.add(domain=domain, version=version)
    return True


def graph_optimized(model: Path, options: Values, samples: Samples | None, output: Path) -> list[str]:
    """Fusions that hold on every CPU ("extended"); layout optimizations belong to the machine that loads it."""
    import onnx
    import onnxruntime
    from onnx.external_data_helper import uses_external_data

    source = ready(model, output.parent)
    settings = onnxruntime.SessionOptions()
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    settings.optimized_model_filepath = str(output)
    if any(map(uses_external_data, onnx.load(source, load_external_data=False).graph.initializer)):
        # Else the result would go on pointing to the source's data, which is not there.
        settings.add_session_config_entry("session.optimized_model_external_initializers_file_name", "model.onnx.data")
    onnxruntime.InferenceSession(source, settings, providers=["CPUExecutionProvider"])
    drop_intermediates(output.parent)
    return []


def float16(model: Path, options: Values, samples: Samples | None, output: Path) -> list[str]:
    """Half-precision weights and computation; inputs and outputs keep their types."""
    import onnx
    from onnxruntime.transformers.float16 import convert_float_to_float16

    asked = {name: value for name, value in options.items() if value is not None}
    converted = convert_float_to_float16(onnx.load(ready(model, output.parent)), keep_io_types=True, **asked)
    onnx.save(converted, output)
    drop_intermediates(output.parent)
    return []


def ready(model: Path, folder: Path) -> Path:
    """The model with merged opset imports, at an opset that knows per-channel quantization."""
    import onnx
    from onnx import version_converter

    proto = onnx.load(model)
    changed = merge_opsets(proto)
    opset = next((entry.version for entry in proto.opset_import if entry.domain in ("", "ai.onnx")), 0)
    if 0 < opset < 13:
        proto = version_converter.convert_version(proto, PORTABLE_OPSET)
        changed = True
    if not changed:
        return model
    result = folder / "intermediate-ready.onnx"
    onnx.save(proto, result)
    return result


def drop_intermediates(folder: Path) -> None:
    for path in folder.glob("intermediate-*"):
        path.unlink()
