"""What onnxruntime-genai's builder can make of a Hugging Face folder, and what each method can be told.

The defaults are the builder's own, which is told only what a recipe names.
"""

from collections.abc import Mapping

from edgeci.backends.option_kinds import FLAG, TEXT, WHOLE
from edgeci.backends.options import Method, Option

QUANTIZATION = (
    Option("block_size", WHOLE, "Weights that share a scale.", 32, choices=(16, 32, 64, 128, 256)),
    Option(
        "accuracy_level",
        WHOLE,
        "What products are computed in: 4 int8, 3 bfloat16, 2 float16, 1 float32, 0 the kernel's choice.",
        4,
        choices=(0, 1, 2, 3, 4),
    ),
    Option("symmetric", FLAG, "No zero point beside the scale.", True),
    Option("algorithm", TEXT, "How weights are rounded.", "default", choices=("default", "rtn", "k_quant")),
)
LAST_LAYER = Option(
    "last_layer",
    TEXT,
    "Of the last layer, and of the embeddings it shares; without it, as of the others.",
    choices=("int4", "int8"),
)
METHODS: Mapping[str, Method] = {
    "as-is": Method("Float32 weights, whatever the folder has."),
    "int8": Method("Weights of matrix products int8; embeddings stay float32.", QUANTIZATION),
    "int4": Method(
        "Weights of matrix products int4, embeddings too where the last layer shares them.", (*QUANTIZATION, LAST_LAYER)
    ),
}
