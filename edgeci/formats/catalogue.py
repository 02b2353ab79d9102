"""The formats, a row each. Whatever else is said of formats follows from this table.

A model file holds its computation (ONNX, OpenVINO IR), or it names an architecture and leaves the computation to the
runtime (Hugging Face, GGUF, MLX). From the former there is no way back to the latter.
"""

from collections.abc import Callable

from edgeci.formats import gguf, huggingface, onnx, openvino_ir, safetensors
from edgeci.formats.format_row import FormatRow, Mark
from edgeci.types import Format

GRAPH_TO_NAMED = (
    "{source} holds a graph of operators, {wanted} the weights of an architecture that its runtime knows by name: no "
    "converter leads back"
)
QUANTIZED = "{source} is its runtime's own copy, most often quantized, and what that lost does not come back"
BARE = "bare safetensors hold weights without the architecture that config.json beside them would name"

ROWS = (
    FormatRow(
        name="huggingface",
        title="Hugging Face",
        read=huggingface.read,
        tensor_types=huggingface.tensor_types,
        suffixes=(".json",),
        becomes=("huggingface", "gguf", "mlx", "openvino_ir", "onnx"),
    ),
    FormatRow(
        name="onnx",
        title="ONNX",
        read=onnx.read,
        tensor_types=onnx.tensor_types,
        suffixes=(".onnx",),
        main="model.onnx",
        becomes=("onnx", "openvino_ir"),
        reasons={"gguf": GRAPH_TO_NAMED, "mlx": GRAPH_TO_NAMED},
    ),
    FormatRow(
        name="gguf",
        title="GGUF",
        read=gguf.read,
        tensor_types=gguf.tensor_types,
        suffixes=(".gguf",),
        main="model.gguf",
        mark=Mark(b"GGUF", end=4),
        becomes=("gguf",),
        reasons={"mlx": QUANTIZED, "onnx": QUANTIZED, "openvino_ir": QUANTIZED},
        is_runtimes_own=True,
    ),
    FormatRow(
        name="openvino_ir",
        title="OpenVINO IR",
        read=openvino_ir.read,
        tensor_types=openvino_ir.parameter_dtypes,
        suffixes=(".xml",),
        main="model.xml",
        beside="model.bin",  # OpenVINO looks for weights under the graph's name
        mark=Mark(b"<net"),
        becomes=("openvino_ir",),
        reasons={"gguf": GRAPH_TO_NAMED, "mlx": GRAPH_TO_NAMED, "onnx": "OpenVINO writes no ONNX"},
    ),
    FormatRow(
        name="mlx",
        title="MLX",
        read=huggingface.read,
        tensor_types=huggingface.tensor_types,
        suffixes=(".json",),
        becomes=("mlx",),
        reasons={"gguf": QUANTIZED, "onnx": QUANTIZED, "openvino_ir": QUANTIZED},
        is_runtimes_own=True,
    ),
    FormatRow(
        name="safetensors",
        title="safetensors",
        read=safetensors.read,
        tensor_types=huggingface.tensor_types,  # of the folder that the file lies in
        suffixes=(".safetensors",),
        main="model.safetensors",
        mark=Mark(b"{", start=8, end=9),
        otherwise=BARE,
    ),
)
"""In the order in which marks are looked for, and in which ways round are named."""
CATALOGUE: dict[Format, FormatRow] = {row.name: row for row in ROWS}


def tensor_counter(suffix: str) -> Callable[[str], dict[str, int]]:
    """Who counts the elements per dtype of a candidate whose main file ends so."""
    return next((row.tensor_types for row in ROWS if suffix in row.suffixes), onnx.tensor_types)
