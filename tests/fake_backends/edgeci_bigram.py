"""A language model in NumPy, and a third-party backend for it: the next byte depends on the last one only.

The model is a GGUF file whose one tensor holds a score for each pair of bytes. Some methods fail on purpose.
"""

import time
from pathlib import Path

import numpy as np

from edgeci.errors import ConfigError
from edgeci.types import Made, Recipe

KINDS = frozenset({"text"})
REQUIRES = ("numpy",)
LOSSLESS = frozenset({"as-is", "lossless-but-wrong"})
BYTES = 256
METHODS = ("as-is", "rounded", "shuffled", "lossless-but-wrong", "unnormalized", "taciturn")


class Tokens:
    end_tokens = frozenset({0})

    def encode(self, text, is_start):
        return list(text.encode())

    def whole(self, text):
        return self.encode(text, True)

    def decode(self, tokens):
        return bytes(tokens).decode(errors="replace")

    def in_chat(self, prompt):
        return f"<{prompt}>"


def tokenizer(model):
    return Tokens()


def propose(assessment, target):
    if assessment.model.format == "gguf":
        yield Recipe(backend="bigram", method="as-is")


def optimize(model, recipe, samples, output):
    if recipe.method not in METHODS:
        raise ConfigError(f"bigram has no method {recipe.method!r}; it has {', '.join(METHODS)}")
    content = Path(model).read_bytes()
    head, scores = content[: -4 * BYTES * BYTES], scores_of(model)
    match recipe.method:
        case "rounded":
            scores = np.round(scores * 4) / 4
        case "shuffled" | "lossless-but-wrong":
            scores = scores[::-1]
    (output / "model.gguf").write_bytes(head + np.ascontiguousarray(scores, np.float32).tobytes())
    notes = (f"{len(samples.windows)} windows of calibration text",) if samples else ()
    return Made(main="model.gguf", notes=notes)


def scores_of(model):
    return np.frombuffer(Path(model).read_bytes()[-4 * BYTES * BYTES :], np.float32).reshape(BYTES, BYTES)


class Bigram:
    def __init__(self, model, recipe):
        scores = scores_of(model).astype(np.float64)
        self.logs = (scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))).astype(np.float32)
        self.method = recipe.method
        self.runtime = {"runtime": "bigram 1.0", "threads": "1"}

    def log_probabilities(self, tokens):
        return self.logs[list(tokens)] + (1 if self.method == "unnormalized" else 0)

    def generate(self, tokens, count):
        token = tokens[-1]
        for _ in range(count - (self.method == "taciturn")):
            time.sleep(0.001)
            token = int(self.logs[token].argmax())
            yield token


def load(model, recipe, target):
    return Bigram(model, recipe)
