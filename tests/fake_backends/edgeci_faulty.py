"""A third-party backend, found by the same entry point as ours, that fails in every way a backend can.

Its model is a text file; `as-is` works: it answers with the sums of its input.
"""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

from edgeci.errors import BackendFailed
from edgeci.types import Made, Recipe


class Unmakeable(BackendFailed):
    """A third party's own."""


REQUIRES = ("numpy",)
LOSSLESS = frozenset({"as-is", "lossless-but-wrong"})


def propose(assessment, target):
    yield Recipe(backend="faulty", method="as-is")


def optimize(model, recipe, samples, output):
    match recipe.method:
        case "crash":
            print("about to crash", file=sys.stderr, flush=True)
            ctypes.string_at(0)
        case "hang":
            time.sleep(3600)
        case "exhaust":
            np.ones(2**34, np.uint8)
        case "abandon":
            os._exit(0)
        case "raise":
            raise RuntimeError("first line\nsecond line ::error::forged")
        case "raise-its-own":
            raise Unmakeable("a class that edgeci has never heard of")
        case "killed-once" if is_first(output):
            os.kill(os.getpid(), signal.SIGKILL)
        case "full-once" if is_first(output):
            raise RuntimeError("I/O error: No space left on device (os error 28)")
        case "slow-copy":
            time.sleep(0.5)
        case "nothing":
            return Made(main="not-written.onnx")
    (output / "model.onnx").write_bytes(Path(model).read_bytes())
    return Made(main="model.onnx")


def is_first(output):
    """Whether no run of this workspace has come here; its folder's neighbour remembers."""
    note = output.parent.parent.parent / "was-here"
    first = not note.exists()
    note.touch()
    return first


class Sum:
    def __init__(self, recipe):
        self.method = recipe.method
        self.runtime = {"runtime": "faulty 1.0"}
        self.calls = 0
        self.leaked = []

    def infer(self, feeds):
        (values,) = feeds.values()
        scores = np.asarray([[values.sum(), values.sum() / 2, 1.0]], np.float32)
        self.calls += 1
        match self.method:
            case "leak":
                time.sleep(0.002)
                self.leaked.append(np.ones(50_000, np.uint8))
            case "steady":
                time.sleep(0.002)
            case "uneven":
                time.sleep(0.02 if self.calls % 3 == 0 else 0.001)
            case "slow":
                time.sleep(0.02)
            case "slower-and-slower":
                time.sleep(0.002 * (1 + self.calls / 500))
            case "sometimes-raises":
                if abs(values.sum()) > 2:
                    raise RuntimeError("an item it does not like")
            case "not-a-number":
                scores[0, 0] = np.nan
            case "other-shape":
                scores = scores[:, :2]
            case "lossless-but-wrong":
                scores = scores[:, ::-1] * -1
            case "crash-when-run":
                ctypes.string_at(0)
        return [scores]


def load(model, recipe, target):
    if recipe.method == "does-not-load":
        raise ValueError("invalid graph")
    return Sum(recipe)
