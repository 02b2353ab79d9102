"""A concern of every format: weights of which most are half precision."""

from collections import Counter
from collections.abc import Iterator

from edgeci.types import Concern

HALF = ("float16", "bfloat16", "F16", "BF16")
"""NumPy's names, and ggml's."""


def half_precision(dtypes: Counter[str]) -> Iterator[Concern]:
    """The concern, if more than half of the elements are."""
    if sum(dtypes[name] for name in HALF) > sum(dtypes.values()) / 2:
        yield Concern(code="half-precision", message="weights are half precision; the baseline is not float32")
