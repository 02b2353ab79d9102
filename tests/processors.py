"""What this machine's processor decides about the numbers that int8 gives."""

from edgeci.hardware.facts import facts

FAST_INT8 = any(fact.value for fact in facts() if fact.name == "fast_int8")
"""Without an int8 dot product (AVX2 and older) ONNX Runtime sums products of uint8 and int8 in saturating int16:
https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html#when-and-why-do-i-need-to-try-u8u8
"""
CLOSE = 0.99 if FAST_INT8 else 0.97
"""The cosine that an int8 model reaches with its source."""
