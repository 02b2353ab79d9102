"""llama.cpp's file types, by the names of edgeci's methods, and the types of single tensors."""

from collections.abc import Mapping

FILE_TYPES: Mapping[str, str] = {
    "f16": "F16",
    "bf16": "BF16",
    "q8_0": "Q8_0",
    "q6_k": "Q6_K",
    "q5_k_m": "Q5_K_M",
    "q5_k_s": "Q5_K_S",
    "q5_1": "Q5_1",
    "q5_0": "Q5_0",
    "q4_k_m": "Q4_K_M",
    "q4_k_s": "Q4_K_S",
    "iq4_nl": "IQ4_NL",
    "iq4_xs": "IQ4_XS",
    "q4_1": "Q4_1",
    "q4_0": "Q4_0",
    "q3_k_l": "Q3_K_L",
    "q3_k_m": "Q3_K_M",
    "q3_k_s": "Q3_K_S",
    "iq3_m": "IQ3_M",
    "iq3_s": "IQ3_S",
    "iq3_xxs": "IQ3_XXS",
    "q2_k": "Q2_K",
    "iq2_m": "IQ2_M",
    "iq2_s": "IQ2_S",
    "iq2_xs": "IQ2_XS",
    "iq2_xxs": "IQ2_XXS",
    "iq1_m": "IQ1_M",
    "iq1_s": "IQ1_S",
    "tq2_0": "TQ2_0",
    "tq1_0": "TQ1_0",
}
"""Method -> llama.cpp's LLAMA_FTYPE_MOSTLY_*, widest first."""
NEED_IMPORTANCE = frozenset({"iq3_xxs", "iq2_m", "iq2_s", "iq2_xs", "iq2_xxs", "iq1_m", "iq1_s"})
"""llama.cpp refuses most of them without an importance matrix, and the rest is noise."""
PACKED_BY_256 = frozenset(
    method for method in FILE_TYPES if "_k" in method or (method.startswith(("iq", "tq")) and method != "iq4_nl")
)
"""k-quants, i-quants and ternary ones pack 256 numbers together, and a row has to be whole packs."""
TENSOR_TYPES = ("f32", "f16", "bf16", "q8_0", "q6_k", "q5_k", "q5_0", "q4_k", "q4_0", "iq4_nl")
"""What single tensors may be given instead."""
