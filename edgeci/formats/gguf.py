"""What an assessment says of a GGUF file, from its metadata and tensor list; the weights are not read.

The chat template stays a text: rendering an untrusted one can hang or crash.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edgeci.errors import BackendMissing
from edgeci.formats.gguf_header import MOST_NAME_BYTES, Reader
from edgeci.types import Concern

PLAIN = frozenset({"F32", "F16", "BF16", "F64", "I8", "I16", "I32", "I64"})
"""Types that hold numbers as they are, one by one."""
HALF = ("F16", "BF16")
NOT_GENERATING = frozenset({
    "bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "jina-bert-v3", "modern-bert", "neo-bert", "eurobert",
    "t5encoder", "clip", "wavtokenizer-dec",
})  # fmt: skip
"""Architectures of llama.cpp that continue no text: encoders, projectors, decoders of sound."""
POOLINGS = {1: "mean", 2: "cls", 3: "last"}
"""llama.cpp's numbers of how the vectors of the tokens become one; 0 is not at all."""
RANKING = 4
LARGEST_COUNT = 2**40
"""Of a length or count that the metadata names."""


def read(path: str) -> dict[str, Any]:
    """The parts of an Assessment that stand in the header, as JSON.

    Raises:
        InputRejected: not GGUF, cut short, or a count, length, type or offset that cannot be.
        BackendMissing: a part of a model, or one that continues no text.
    """
    with Path(path).open("rb") as stream:
        reader = Reader(path, stream)
        metadata, lengths, tensors = reader.header()
    refuse_parts(path, metadata)
    architecture = named(reader, metadata, "general.architecture")
    pooling = POOLINGS.get(metadata.get(f"{architecture}.pooling_type", 0))
    if pooling is None:
        refuse_what_generates_nothing(path, metadata)
    dtypes: Counter[str] = Counter()
    for dtype, elements in tensors:
        dtypes[dtype] += elements
    return {
        "producer": str(metadata.get("general.quantized_by", metadata.get("general.author", "")))[:MOST_NAME_BYTES],
        "parameters": sum(dtypes.values()),
        "parameter_dtypes": dict(sorted(dtypes.items())),
        "opsets": {},
        "operators": {},
        "inputs": [],
        "outputs": [],
        "external": [],
        "concerns": [concern.model_dump() for concern in concerns(metadata, lengths, dtypes)],
        "kind": "text" if pooling is None else "embeddings",
        "architecture": architecture,
        "details": {
            **details(reader, metadata, lengths, architecture),
            **quantization(tensors, dtypes),
            **({"pooling": pooling} if pooling else {}),
        },
    }


def tensor_types(path: str) -> dict[str, int]:
    """Elements per type, of any GGUF file."""
    found: Counter[str] = Counter()
    with Path(path).open("rb") as stream:
        for dtype, elements in Reader(path, stream).header()[2]:
            found[dtype] += elements
    return dict(found)


def named(reader: Reader, metadata: dict[str, Any], key: str) -> str:
    value = metadata.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= MOST_NAME_BYTES:
        reader.refuse(f"it does not name its {key.removeprefix('general.')} ({key!r})")
    return value


def refuse_parts(path: str, metadata: dict[str, Any]) -> None:
    """Parts and adapters are GGUF files too."""
    parts, kind = metadata.get("split.count", 0), metadata.get("general.type", "model")
    if isinstance(parts, int) and parts > 1:
        raise BackendMissing(
            f"{path}: one of {parts} parts; join them with `llama-gguf-split --merge` and give the whole"
        )
    if kind != "model":
        raise BackendMissing(
            f"{path}: a GGUF file of type {str(kind)[:40]!r}, not a model; give the model it belongs to"
        )


def refuse_what_generates_nothing(path: str, metadata: dict[str, Any]) -> None:
    """Encoders that do not say how they pool, rerankers, projectors."""
    if metadata.get(f"{metadata['general.architecture']}.pooling_type") == RANKING:
        raise BackendMissing(f"{path}: a reranker, which is not measured; give an embedding model or a language model")
    if (architecture := metadata.get("general.architecture")) in NOT_GENERATING:
        raise BackendMissing(
            f"{path}: {architecture} continues no text, and no pooling_type says that it embeds one; export the "
            "model it was made from to ONNX and give model.onnx"
        )


def concerns(metadata: dict[str, Any], lengths: dict[str, int], dtypes: Counter[str]) -> Iterator[Concern]:
    """What a backend, or a person, should know before anything is tried."""
    if quantized := sorted(set(dtypes) - PLAIN):
        yield Concern(code="already-quantized", message=f"the weights are quantized already: {', '.join(quantized)}")
    if sum(dtypes[name] for name in HALF) > sum(dtypes.values()) / 2:
        yield Concern(code="half-precision", message="weights are half precision; the baseline is not float32")
    if "tokenizer.chat_template" in lengths:
        yield Concern(code="long-chat-template", message="the chat template is too long to be one, and not kept")
    if "tokenizer.ggml.tokens" not in lengths and "tokenizer.ggml.model" not in metadata:
        yield Concern(code="no-tokenizer", message="the file holds no tokenizer, so no text can be given to the model")


def details(
    reader: Reader, metadata: dict[str, Any], lengths: dict[str, int], architecture: str
) -> dict[str, int | str]:
    """What people ask about a language model, as far as the header says it."""
    counts = {
        "context_length": f"{architecture}.context_length",
        "embedding_length": f"{architecture}.embedding_length",
        "layers": f"{architecture}.block_count",
        "heads": f"{architecture}.attention.head_count",
        "kv_heads": f"{architecture}.attention.head_count_kv",
        "experts": f"{architecture}.expert_count",
    }
    texts = {"name": "general.name", "tokenizer": "tokenizer.ggml.model", "chat_template": "tokenizer.chat_template"}
    found: dict[str, int | str] = {}
    for name, key in counts.items():
        if key in metadata:  # of models whose layers differ it is an array, and is not kept
            found[name] = whole(reader, key, metadata[key])
    for name, key in texts.items():
        if isinstance(value := metadata.get(key), str):  # a name is cut; whole templates are what people ask for
            found[name] = value if name == "chat_template" else value[:MOST_NAME_BYTES]
    if "tokenizer.ggml.tokens" in lengths:
        found["vocabulary"] = lengths["tokenizer.ggml.tokens"]
    return found


def whole(reader: Reader, key: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST_COUNT:
        reader.refuse(f"{key!r} is {str(value)[:40]!r}")
    return int(value)


def quantization(tensors: list[tuple[str, int]], dtypes: Counter[str]) -> dict[str, Any]:
    """The type that most weights have, and how many tensors have each: the file's own label often says otherwise."""
    return {
        "quantization": max(sorted(dtypes), key=lambda name: dtypes[name]),
        "tensors": dict(sorted(Counter(dtype for dtype, _ in tensors).items())),
    }
