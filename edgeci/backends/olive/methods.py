"""What Olive can make of an ONNX model, and what each method can be told."""

from collections.abc import Mapping
from dataclasses import replace

from edgeci.backends.onnxruntime.methods import CALIBRATION, OPERATORS, PER_CHANNEL, REDUCE_RANGE, STATIC_OPERATORS
from edgeci.backends.option_kinds import ANYTHING, MAPPING, TEXT, WHOLE
from edgeci.backends.options import Method, Option

EITHER = replace(
    OPERATORS,
    default=None,
    sentence="Operator types to quantize, `all` for Olive's own choice; without it, those that usually go well.",
)
STATIC = (
    replace(OPERATORS, default=STATIC_OPERATORS),
    replace(PER_CHANNEL, default=True),
    REDUCE_RANGE,
    CALIBRATION,
)
TRANSFORMERS = (
    EITHER,
    replace(PER_CHANNEL, default=None, sentence="As of int8-dynamic or int8-static; without it, as there."),
    REDUCE_RANGE,
    replace(CALIBRATION, sentence="Of static quantization: how ranges come of the calibration data."),
    Option("model_type", TEXT, "Whose patterns are looked for, as ONNX Runtime's optimizer names them.", "bert"),
    Option("num_heads", WHOLE, "Heads of attention; without it, they are looked for in the graph.", minimum=1),
    Option("hidden_size", WHOLE, "Width of attention; without it, it is looked for in the graph.", minimum=1),
    Option("quantization", TEXT, "After the fusions.", "dynamic", choices=("dynamic", "static", "none")),
)
SEARCH = (
    EITHER,
    Option("quantization", TEXT, "Whose parameters are searched.", "static", choices=("static", "dynamic")),
    Option("samples", WHOLE, "Models that are made and compared.", 6, minimum=1),
    Option("seed", WHOLE, "Of the sampler.", 0),
)
CONFIG = (
    Option("passes", MAPPING, "Olive's passes by name, each with its type and parameters.", required=True),
    Option("data_configs", ANYTHING, "Data besides `calibration`."),
    Option("evaluators", ANYTHING, "Evaluators besides `agreement`."),
    Option("evaluator", ANYTHING, "The one that a search goes by."),
    Option("search_strategy", ANYTHING, "How to search; without it, no search."),
)
"""What a run configuration of one's own may decide; models, folders and machines are edgeci's."""
METHODS: Mapping[str, Method] = {
    "as-is": Method("The same bytes."),
    "int8-dynamic": Method("OnnxDynamicQuantization.", (OPERATORS, PER_CHANNEL, REDUCE_RANGE)),
    "int8-static": Method("OnnxStaticQuantization, QDQ, with ranges from the calibration data.", STATIC),
    "transformers": Method("OrtTransformersOptimization, then quantization.", TRANSFORMERS),
    "search": Method("One quantization pass, its parameters chosen by Olive's TPE sampler.", SEARCH),
    "config": Method("An Olive run configuration of one's own.", CONFIG),
}
