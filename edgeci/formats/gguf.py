"""What an assessment says of a GGUF file, from its metadata and tensor list; the weights are not read.

The chat template stays a text: rendering an untrusted one can hang or crash.
"""

from collections import Counter
from collections.abc import Iterator

from edgeci.errors import BackendMissing
from edgeci.evaluation.ggml_names import PLAIN, POOLINGS
from edgeci.formats.answer import Answer
from edgeci.formats.gguf_details import details
from edgeci.formats.gguf_header import KIND, Header, read_header
from edgeci.formats.gguf_stream import MOST_NAME_BYTES, Value
from edgeci.formats.half_precision import half_precision
from edgeci.formats.unsound import Unsound, naming
from edgeci.types import Concern

NOT_GENERATING = frozenset({
    "bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "jina-bert-v3", "modern-bert", "neo-bert", "eurobert",
    "t5encoder", "clip", "wavtokenizer-dec",
})  # fmt: skip
"""Architectures of llama.cpp that continue no text: encoders, projectors, decoders of sound."""
RANKING = 4


def read(path: str) -> Answer:
    """What stands in the header.

    Raises:
        InputRejected: as read_header.
        BackendMissing: a part of a model, or one that continues no text.
    """
    header = read_header(path)
    metadata = header.metadata
    refuse_parts(path, metadata)
    with naming(path, KIND):
        architecture = named(metadata, "general.architecture")
        pooling = POOLINGS.get(metadata.get(f"{architecture}.pooling_type", 0))
        if pooling is None:
            refuse_what_generates_nothing(path, metadata)
        dtypes = counted(header)
        return Answer(
            format="gguf",
            producer=str(metadata.get("general.quantized_by", metadata.get("general.author", "")))[:MOST_NAME_BYTES],
            parameters=sum(dtypes.values()),
            parameter_dtypes=dict(sorted(dtypes.items())),
            opsets={},
            operators={},
            inputs=(),
            outputs=(),
            concerns=tuple(concerns(header, dtypes)),
            kind="text" if pooling is None else "embeddings",
            architecture=architecture,
            details={**details(header, architecture, dtypes), **({"pooling": pooling} if pooling else {})},
        )


def tensor_types(path: str) -> dict[str, int]:
    """Elements per type, of any GGUF file."""
    return dict(counted(read_header(path)))


def counted(header: Header) -> Counter[str]:
    """Elements per type."""
    dtypes: Counter[str] = Counter()
    for dtype, elements in header.tensors:
        dtypes[dtype] += elements
    return dtypes


def named(metadata: dict[str, Value], key: str) -> str:
    value = metadata.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= MOST_NAME_BYTES:
        raise Unsound(f"it does not name its {key.removeprefix('general.')} ({key!r})")
    return value


def refuse_parts(path: str, metadata: dict[str, Value]) -> None:
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


def refuse_what_generates_nothing(path: str, metadata: dict[str, Value]) -> None:
    """Encoders that do not say how they pool, rerankers, projectors."""
    if metadata.get(f"{metadata['general.architecture']}.pooling_type") == RANKING:
        raise BackendMissing(f"{path}: a reranker, which is not measured; give an embedding model or a language model")
    if (architecture := metadata.get("general.architecture")) in NOT_GENERATING:
        raise BackendMissing(
            f"{path}: {architecture} continues no text, and no pooling_type says that it embeds one; export the "
            "model it was made from to ONNX and give model.onnx"
        )


def concerns(header: Header, dtypes: Counter[str]) -> Iterator[Concern]:
    """What a backend, or a person, should know before anything is tried."""
    if quantized := sorted(set(dtypes) - PLAIN):
        yield Concern(code="already-quantized", message=f"the weights are quantized already: {', '.join(quantized)}")
    yield from half_precision(dtypes)
    if "tokenizer.chat_template" in header.lengths:
        yield Concern(code="long-chat-template", message="the chat template is too long to be one, and not kept")
    if "tokenizer.ggml.tokens" not in header.lengths and "tokenizer.ggml.model" not in header.metadata:
        yield Concern(code="no-tokenizer", message="the file holds no tokenizer, so no text can be given to the model")
