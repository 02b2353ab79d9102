"""A GGUF file with one tensor: how likely each byte is after each byte, counted in a text."""

import struct
from pathlib import Path

import numpy as np

TEXT = "the quick brown fox jumps over the lazy dog; " * 60
STRING, UINT32 = 8, 4
ALIGNMENT = 32


def string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def write_bigram(path: Path, text: str = TEXT, embeds: bool = False) -> Path:
    """`embeds`: the header says that it pools by the mean."""
    counts = np.full((256, 256), 0.1)
    codes = np.frombuffer(text.encode(), np.uint8)
    np.add.at(counts, (codes[:-1], codes[1:]), 1)
    metadata = {"general.architecture": "bigram", "general.name": "bigram", "tokenizer.ggml.model": "bytes"}
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, len(metadata) + embeds)
    if embeds:
        head += string("bigram.pooling_type") + struct.pack("<II", UINT32, 1)
    for key, value in metadata.items():
        head += string(key) + struct.pack("<I", STRING) + string(value)
    head += string("scores.weight") + struct.pack("<IQQIQ", 2, 256, 256, 0, 0)
    head += bytes(-len(head) % ALIGNMENT)
    path.write_bytes(head + np.log(counts).astype(np.float32).tobytes())
    return path
