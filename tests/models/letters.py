"""A GGUF file with one matrix, a vector a byte, that says of itself that it embeds texts by their mean."""

from pathlib import Path

import numpy as np

from tests.models import model_files as files

METADATA = {
    "general.architecture": "letters",
    "general.name": "letters",
    "letters.pooling_type": 1,
    "letters.embedding_length": 32,
    "letters.context_length": 128,
    "tokenizer.ggml.model": "bytes",
}


def write_letters(path: Path) -> Path:
    head = files.gguf(METADATA, (("rows.weight", (32, 256), files.F32),), data=False)
    rows = np.random.default_rng(0).normal(size=(256, 32)).astype(np.float32)
    path.write_bytes(head + rows.tobytes())
    return path
