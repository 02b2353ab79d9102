"""What people ask about a language model, as far as a GGUF header says it."""

from collections import Counter

from pydantic import JsonValue

from edgeci.formats.gguf_header import Header
from edgeci.formats.gguf_stream import MOST_NAME_BYTES, Value
from edgeci.formats.unsound import Unsound

COUNTS = {
    "context_length": "context_length",
    "embedding_length": "embedding_length",
    "layers": "block_count",
    "heads": "attention.head_count",
    "kv_heads": "attention.head_count_kv",
    "experts": "expert_count",
}
"""What people ask -> the key, after the architecture's name."""
TEXTS = {"name": "general.name", "tokenizer": "tokenizer.ggml.model", "chat_template": "tokenizer.chat_template"}
LARGEST_COUNT = 2**40
"""Of a length or count that the metadata names."""


def details(header: Header, architecture: str, dtypes: Counter[str]) -> dict[str, JsonValue]:
    """
    Raises:
        Unsound: a length or count is none.
    """
    told: dict[str, JsonValue] = {}
    for name, ending in COUNTS.items():
        key = f"{architecture}.{ending}"
        if key in header.metadata:  # of models whose layers differ it is an array, and is not kept
            told[name] = whole(key, header.metadata[key])
    for name, key in TEXTS.items():
        if isinstance(value := header.metadata.get(key), str):  # a name is cut; templates are asked for whole
            told[name] = value if name == "chat_template" else value[:MOST_NAME_BYTES]
    if "tokenizer.ggml.tokens" in header.lengths:
        told["vocabulary"] = header.lengths["tokenizer.ggml.tokens"]
    return told | quantization(header, dtypes)


def whole(key: str, value: Value) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST_COUNT:
        raise Unsound(f"{key!r} is {str(value)[:40]!r}")
    return value


def quantization(header: Header, dtypes: Counter[str]) -> dict[str, JsonValue]:
    """The type that most weights have, and how many tensors have each: the file's own label often says otherwise."""
    tensors = Counter(dtype for dtype, _ in header.tensors)
    return {
        "quantization": max(sorted(dtypes), key=lambda name: dtypes[name]),
        "tensors": {name: tensors[name] for name in sorted(tensors)},
    }
