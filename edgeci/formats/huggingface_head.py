"""A language model's first and last layer: embeddings of the stated size, and a head that is its own or they again."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from pydantic import JsonValue

from edgeci.errors import InputRejected
from edgeci.evaluation.companions import CONFIG
from edgeci.formats.huggingface_configuration import quantized
from edgeci.formats.safetensors import Header

TIED = "tie_word_embeddings"
HEAD, EMBEDDINGS = "lm_head.weight", "model.embed_tokens.weight"


def refuse_other_ends(folder: Path, config: Mapping[str, JsonValue], headers: Collection[Header]) -> None:
    """
    Raises:
        InputRejected: embeddings of another size than config.json says, or a head that should be there and is not.
    """
    if quantized(config):
        return
    held = next((header.tensors[EMBEDDINGS][1] for header in headers if EMBEDDINGS in header.tensors), None)
    stated = size(config)
    if held is not None and stated is not None and held != stated:
        raise InputRejected(
            f"{folder / CONFIG}: vocab_size x hidden_size are {stated} numbers, and {EMBEDDINGS} holds {held}; the "
            "weights are another model's or were cut: save the whole model again"
        )
    if config.get(TIED) is False and len(matrices(config, headers)) == 1:
        raise InputRejected(
            f"{folder / CONFIG}: says `{TIED}: false`, and the weights hold no head besides the embeddings, so a "
            "runtime would invent one; save the whole model again, or say true where the head is the embeddings"
        )


def has_two_heads(config: Mapping[str, JsonValue], headers: Iterable[Header]) -> bool:
    """Whether the head should be the embeddings and the weights hold another one."""
    return config.get(TIED) is True and any(HEAD in header.tensors for header in headers)


def matrices(config: Mapping[str, JsonValue], headers: Iterable[Header]) -> list[str]:
    """Tensors with as many numbers as the embeddings."""
    return [name for header in headers for name, (_, elements) in header.tensors.items() if elements == size(config)]


def size(config: Mapping[str, JsonValue]) -> int | None:
    """Numbers that the embeddings have, vocabulary x hidden; None where config.json does not say."""
    rows, columns = config.get("vocab_size"), config.get("hidden_size")
    return rows * columns if type(rows) is int and type(columns) is int else None
