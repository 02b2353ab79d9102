"""What tests ask of a worker in the environment of a backend that embeds."""

from pathlib import Path
from typing import Any

import numpy as np

from edgeci.evaluation.huggingface_tokenizer import HuggingfaceTokenizer
from tests.backends.language_model_tasks import CPU, module, recipe

TEXTS = (
    "A function definition is an executable statement.",
    "Its execution binds the function name in the current local namespace to a function object.",
    "Caf\u00e9s in Z\u00fcrich sell \u0440\u044b\u0431\u0430.",
    "x",
)


def reference(model: str) -> dict[str, Any]:
    """Ids and float32 vectors by transformers, pooled as sentence-transformers says it: the mean over the tokens."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    words, encoder = AutoTokenizer.from_pretrained(model), AutoModel.from_pretrained(model).eval()
    ids = [words(text)["input_ids"] for text in TEXTS]
    with torch.no_grad():
        vectors = [encoder(torch.tensor([tokens])).last_hidden_state[0].mean(0).tolist() for tokens in ids]
    return {"ids": ids, "vectors": vectors}


def tokenized(backend: str, main: str) -> list[list[int]]:
    path = Path(main)
    words = HuggingfaceTokenizer(path) if path.is_dir() else module(backend).tokenizer(path)
    return [words.whole(text) for text in TEXTS]


def embedded(backend: str, main: str, method: str, options: dict[str, Any], texts: list[list[int]]) -> dict[str, Any]:
    session = module(backend).load(Path(main), recipe(backend, method, options), CPU)
    return {
        "vectors": [np.asarray(session.embed(tokens)).tolist() for tokens in texts],
        "runtime": dict(session.runtime),
    }
