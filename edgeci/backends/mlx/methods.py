"""What mlx-lm can make of a language model, and what each method can be told."""

from collections.abc import Mapping

from edgeci.backends.option_kinds import TEXT, WHOLE
from edgeci.backends.options import Method, Option

DTYPE = Option(
    "dtype",
    TEXT,
    "Of what is not packed, and of the scales; without it, as the source has it.",
    choices=("float32", "float16", "bfloat16"),
)
PACKED = (Option("group_size", WHOLE, "Weights of a row that share a scale.", 64, choices=(32, 64, 128)), DTYPE)
MIXED = (
    Option("low_bits", WHOLE, "Of most weights.", 4, choices=(2, 3, 4)),
    Option("high_bits", WHOLE, "Of the sensitive ones; more than low_bits.", 6, choices=(4, 6, 8)),
)
HALVES = ("float16", "bfloat16")
BITS = {"int8": 8, "int6": 6, "int4": 4, "int3": 3, "int2": 2}
METHODS: Mapping[str, Method] = {
    "as-is": Method("As the source has it."),
    **{half: Method(f"Every floating-point weight {half}.") for half in HALVES},
    **{method: Method(f"Weights of {bits} bits, in groups along a row.", PACKED) for method, bits in BITS.items()},
    "mixed": Method(
        "high_bits for value and down projections, embeddings and the last layer, low_bits for the rest.",
        (*MIXED, *PACKED),
    ),
    "mxfp4": Method("4-bit floating point in groups of 32.", (DTYPE,)),
}
