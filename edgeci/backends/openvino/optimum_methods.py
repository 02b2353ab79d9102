"""What becomes of a Hugging Face folder for OpenVINO, and what each method can be told."""

from collections.abc import Mapping

from edgeci.backends.openvino.text_session import ACTIVATIONS
from edgeci.backends.option_kinds import FLAG, NUMBER, TEXT, WHOLE
from edgeci.backends.options import Method, Option

RUNNING = (
    Option(
        "activations",
        TEXT,
        "What products are computed in: int8, as OpenVINO would choose, or float32.",
        "int8",
        choices=tuple(ACTIVATIONS),
    ),
    Option("kv_cache", TEXT, "Precision of the key-value cache.", "f32", choices=("f32", "f16", "u8")),
)
"""Options of how it runs, not of what is written."""
SYMMETRIC = Option("symmetric", FLAG, "No zero point beside the scale.", False)
INT4 = (
    SYMMETRIC,
    Option(
        "group_size",
        WHOLE,
        "Weights that share a scale, -1 for whole channels; without it, 64 and less where that does not divide.",
        minimum=1,
        instead=-1,
    ),
    Option("ratio", NUMBER, "Share of the weights that become int4, the rest int8.", 1.0, minimum=0, maximum=1),
    Option("all_layers", FLAG, "Embeddings and the last layer too.", False),
    Option("awq", FLAG, "Scale weights by the activations of calibration text.", False),
    Option("scale_estimation", FLAG, "Choose scales by the activations of calibration text.", False),
)
METHODS: Mapping[str, Method] = {
    "as-is": Method("The folder's own precision, computed in float32."),
    "int8": Method("Weights int8 per channel, embeddings too.", (SYMMETRIC, *RUNNING)),
    "int4": Method("Weights int4 in groups; embeddings and the last layer int8.", (*INT4, *RUNNING)),
}
