"""What tests ask of a worker in a language-model backend's own environment."""

from pathlib import Path
from typing import Any

import numpy as np

from edgeci.backends import registry
from edgeci.evaluation.text_items import TextSamples
from edgeci.types import Recipe, Target

WINDOW = 64
WINDOWS = 6
CPU = Target(name="cpu", threads=1)


def reference(model: str, save: str) -> dict[str, Any]:
    """Ids of running text from Python's own documentation; float32 log-probabilities of it by transformers."""
    from pydoc_data.topics import topics

    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    text = "\n".join(topics[name] for name in sorted(topics))
    ids = AutoTokenizer.from_pretrained(model)(text)["input_ids"]
    windows = [ids[start : start + WINDOW] for start in range(0, WINDOWS * 9000, 9000)]
    calibration = [ids[start : start + WINDOW] for start in range(4500, 4500 + 8 * 9000, 9000)]
    loaded = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
    with torch.no_grad():
        rows = [torch.log_softmax(loaded(torch.tensor([window])).logits[0], -1).numpy() for window in windows]
    np.save(save, np.stack(rows))
    return {"windows": windows, "calibration": calibration}


def narrowed(model: str, output: str) -> None:
    """The same model in bfloat16."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    AutoModelForCausalLM.from_pretrained(model, dtype=torch.bfloat16).save_pretrained(output)
    AutoTokenizer.from_pretrained(model).save_pretrained(output)


def make(
    backend: str, model: str, method: str, options: dict[str, Any], calibration: list[list[int]], output: str
) -> dict[str, Any]:
    folder = Path(output)
    folder.mkdir()
    samples = TextSamples(windows=tuple(map(tuple, calibration)))
    made = module(backend).optimize(Path(model), recipe(backend, method, options), samples, folder)
    return {"main": str(folder / made.main), "notes": list(made.notes)}


def scores(backend: str, main: str, method: str, options: dict[str, Any], windows: list[list[int]], save: str) -> None:
    session = module(backend).load(Path(main), recipe(backend, method, options), CPU)
    np.save(save, np.stack([session.log_probabilities(window) for window in windows]))


def generate(
    backend: str, main: str, method: str, options: dict[str, Any], prompt: list[int], count: int
) -> dict[str, Any]:
    """Greedy ids, twice with other calls between; and what the log-probabilities of a whole text say comes next."""
    session = module(backend).load(Path(main), recipe(backend, method, options), CPU)
    tokens = list(session.generate(prompt, count))
    whole = session.log_probabilities([*prompt, *tokens])
    next(session.generate(prompt[:3], 5))  # left unfinished: nothing of it may stay
    return {
        "tokens": tokens,
        "again": list(session.generate(prompt, count)),
        "argmax": [int(row.argmax()) for row in whole[len(prompt) - 1 : -1]],
        "runtime": dict(session.runtime),
    }


def module(backend: str) -> Any:
    return registry.backend(backend)


def recipe(backend: str, method: str, options: dict[str, Any]) -> Recipe:
    return Recipe(backend=backend, method=method, options=options)
