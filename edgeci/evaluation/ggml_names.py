"""What llama.cpp calls things, by its own names and numbers."""

from collections.abc import Mapping

PLAIN = frozenset({"F32", "F16", "BF16", "F64", "I8", "I16", "I32", "I64"})
"""Types of a tensor that hold numbers as they are, one by one; all others are quantized."""
POOLINGS: Mapping[int | float | str, str] = {1: "mean", 2: "cls", 3: "last"}
"""llama.h's LLAMA_POOLING_TYPE: how the vectors of the tokens become one; 0 is not at all.

A file may have anything there.
"""
