"""Which format can become which: the conversions that exist, and for those that do not, the reason and the way round.

A model file holds its computation (ONNX, OpenVINO IR), or it names an architecture and leaves the computation to the
runtime (Hugging Face, GGUF, MLX). From the former there is no way back to the latter.
"""

from edgeci.types import Format

TITLES: dict[Format, str] = {
    "onnx": "ONNX",
    "gguf": "GGUF",
    "safetensors": "safetensors",
    "openvino_ir": "OpenVINO IR",
    "huggingface": "Hugging Face",
    "mlx": "MLX",
}
ROUTES: dict[Format, tuple[Format, ...]] = {
    "huggingface": ("huggingface", "gguf", "mlx", "openvino_ir", "onnx"),
    "onnx": ("onnx", "openvino_ir"),
    "openvino_ir": ("openvino_ir",),
    "gguf": ("gguf",),
    "mlx": ("mlx",),
    "safetensors": (),
}
"""Source -> what it can be made into and run as."""

GRAPH_TO_NAMED = (
    "{source} holds a graph of operators, {wanted} the weights of an architecture that its runtime knows by name: no "
    "converter leads back"
)
EXPORTED = "an exported model does not lead back to what it was exported from"
QUANTIZED = "{source} is its runtime's own copy, most often quantized, and what that lost does not come back"
REASONS: dict[tuple[Format, Format], str] = {
    ("onnx", "gguf"): GRAPH_TO_NAMED,
    ("onnx", "mlx"): GRAPH_TO_NAMED,
    ("openvino_ir", "gguf"): GRAPH_TO_NAMED,
    ("openvino_ir", "mlx"): GRAPH_TO_NAMED,
    ("openvino_ir", "onnx"): "OpenVINO writes no ONNX",
    ("gguf", "mlx"): QUANTIZED,
    ("gguf", "onnx"): QUANTIZED,
    ("gguf", "openvino_ir"): QUANTIZED,
    ("mlx", "gguf"): QUANTIZED,
    ("mlx", "onnx"): QUANTIZED,
    ("mlx", "openvino_ir"): QUANTIZED,
}
FROM_FOLDER = ("gguf", "mlx")
"""Formats whose one way in is the Hugging Face folder."""


def refusal(source: Format, wanted: Format) -> str | None:
    """Why a model of one format cannot become another, and the route that exists; None where it can.

    Pure: says nothing of what is installed.
    """
    if wanted in ROUTES[source]:
        return None
    names = {"source": TITLES[source], "wanted": TITLES[wanted]}
    if source == "safetensors":
        reason = "bare safetensors hold weights without the architecture that config.json beside them would name"
    else:
        reason = REASONS.get((source, wanted), EXPORTED).format(**names)
    return f"there is no route from {names['source']} to {names['wanted']}: {reason}; {way_round(source, wanted)}"


def way_round(source: Format, wanted: Format) -> str:
    """The route that exists."""
    if source == "safetensors":
        return "use the whole Hugging Face folder"
    if wanted in FROM_FOLDER or source in FROM_FOLDER:
        return "quantize from the Hugging Face folder"
    ways = [TITLES[name] for name, targets in ROUTES.items() if wanted in targets and name != source]
    return f"use the {' or '.join(ways) or TITLES['huggingface']} model it was made from"
