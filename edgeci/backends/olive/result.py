"""What came out of Olive: whether it did anything, and its files."""

import shutil
from pathlib import Path
from typing import Any

from edgeci.backends.olive.workflow import Outcome
from edgeci.backends.onnxruntime.quantization import refuse_unquantized
from edgeci.errors import BackendFailed

Graph = Any
"""An onnx.GraphProto: onnx's own types are known only where it may be imported."""
FUSED = {"Attention", "MultiHeadAttention", "BiasGelu", "FastGelu", "Gelu", "EmbedLayerNormalization",
         "SkipLayerNormalization", "LayerNormalization"}  # fmt: skip


def refuse_idle(method: str, outcome: Outcome) -> None:
    """Passes that find nothing to do return their input, and Olive counts them as done.

    Raises:
        BackendFailed: nothing was fused, nothing quantized, or nothing changed at all.
    """
    import onnx

    before, after = (onnx.load(path, load_external_data=False).graph for path in (outcome.source, outcome.model))
    said = f" ({outcome.said})" if outcome.said else ""
    if method == "transformers" and fused(after) <= fused(before):
        raise BackendFailed(f"nothing was fused: the graph is not what the optimizer looks for{said}")
    if any("quantization" in name.lower() for name in outcome.passes):
        refuse_unquantized(outcome.source, outcome.model)
    elif before == after:
        raise BackendFailed(f"{', '.join(outcome.passes)} changed nothing{said}")


def fused(graph: Graph) -> int:
    return sum(node.op_type in FUSED for node in graph.node)


def ship(model: Path, output: Path) -> None:
    """The model under its usual name, with the external data it names."""
    import onnx
    from onnx.external_data_helper import ExternalDataInfo, uses_external_data

    proto = onnx.load(model, load_external_data=False)
    shutil.copyfile(model, output / "model.onnx")
    for name in sorted({ExternalDataInfo(t).location for t in proto.graph.initializer if uses_external_data(t)}):
        (output / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(model.parent / name, output / name)
