"""An embedding model in NumPy, and a third-party backend for it: a text is the sum of its bytes' vectors.

The model is a GGUF file with one matrix, a row a byte. Some methods fail on purpose.
"""

from pathlib import Path

import numpy as np
from edgeci_bigram import Tokens

from edgeci.errors import ConfigError
from edgeci.types import Made, Recipe

KINDS = frozenset({"embeddings"})
REQUIRES = ("numpy",)
LOSSLESS = frozenset({"as-is", "lossless-but-wrong"})
BYTES, WIDTH = 256, 32
METHODS = ("as-is", "rounded", "shuffled", "lossless-but-wrong", "not-a-number", "narrow")


def tokenizer(model):
    return Tokens()


def propose(assessment, target):
    if assessment.kind == "embeddings" and assessment.model.format == "gguf":
        yield Recipe(backend="letters", method="as-is")


def optimize(model, recipe, samples, output):
    if recipe.method not in METHODS:
        raise ConfigError(f"letters has no method {recipe.method!r}; it has {', '.join(METHODS)}")
    content = Path(model).read_bytes()
    head, rows = content[: -4 * BYTES * WIDTH], rows_of(model)
    match recipe.method:
        case "rounded":
            rows = np.round(rows * 8) / 8
        case "shuffled" | "lossless-but-wrong":
            rows = rows[::-1]
    (output / "model.gguf").write_bytes(head + np.ascontiguousarray(rows, np.float32).tobytes())
    notes = (f"{len(samples.windows)} calibration texts",) if samples else ()
    return Made(main="model.gguf", notes=notes)


def rows_of(model):
    return np.frombuffer(Path(model).read_bytes()[-4 * BYTES * WIDTH :], np.float32).reshape(BYTES, WIDTH)


class Letters:
    def __init__(self, model, recipe):
        self.rows, self.method = rows_of(model), recipe.method
        self.runtime = {"runtime": "letters 1.0", "threads": "1", "pooling": "mean"}

    def embed(self, tokens):
        vector = self.rows[list(tokens)].mean(axis=0)
        if self.method == "not-a-number":
            return vector * np.nan
        return vector[: WIDTH // 2] if self.method == "narrow" else vector


def load(model, recipe, target):
    return Letters(model, recipe)
