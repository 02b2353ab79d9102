"""What NNCF can make of a model for OpenVINO, and what each method can be told."""

from collections.abc import Mapping

from edgeci.backends.option_kinds import FLAG, NUMBER, TEXT, WHOLE, names_by
from edgeci.backends.options import Method, Option

IGNORED = Option(
    "ignored", names_by("names", "patterns", "types"), "Operations that stay as they are; without it, none."
)
QUANTIZATION = (
    Option(
        "preset",
        TEXT,
        "Symmetric activations (performance), or also asymmetric ones (mixed); without it, what NNCF thinks best.",
        choices=("performance", "mixed"),
    ),
    Option("model_type", TEXT, "Leaves alone what hurts such a model; without it, nothing.", choices=("transformer",)),
    Option("subset_size", WHOLE, "Calibration items that are looked at, as far as there are so many.", 300, minimum=1),
    Option("fast_bias_correction", FLAG, "Correct biases quickly; false is slower and closer.", True),
    IGNORED,
)
ACCURACY_CONTROL = (
    Option(
        "metric",
        TEXT,
        "What must not drop; without it, accuracy where the labels are classes, else mse.",
        choices=("accuracy", "mae", "mse"),
    ),
    Option("max_drop", NUMBER, "Largest drop: a share of the items for accuracy, relative for an error.", 0.01),
    Option("seconds", NUMBER, "Longest search; the best so far counts then.", 300.0, minimum=1),
)
INT4 = (
    Option("symmetric", FLAG, "No zero point beside the scale.", True),
    Option("group_size", WHOLE, "Weights that share a scale; -1 for whole channels.", 64, minimum=1, instead=-1),
    Option("ratio", NUMBER, "Share of the weights that become int4, the rest int8.", 1.0, minimum=0, maximum=1),
    Option("all_layers", FLAG, "The last layer and embeddings too.", False),
    Option("scale_estimation", FLAG, "Choose scales by what flows in; needs calibration data.", False),
    IGNORED,
)
METHODS: Mapping[str, Method] = {
    "as-is": Method("The model's own precision, computed in float32."),
    "bf16": Method("The same file, computed in bfloat16 where the CPU can."),
    "int8-ptq": Method("Weights and activations int8, with ranges from the calibration data.", QUANTIZATION),
    "int8-accuracy-control": Method(
        "As int8-ptq, then what costs most goes back to float32 until the metric drops by at most max_drop.",
        (*ACCURACY_CONTROL, *QUANTIZATION),
        is_slow=True,
    ),
    "int8-weights": Method(
        "Weights int8 per channel, activations as they are.",
        (Option("symmetric", FLAG, "No zero point beside the scale.", False), IGNORED),
    ),
    "int4-weights": Method("Weights of matrix products int4 in groups, activations as they are.", INT4),
}
