"""What llama.cpp can make of a model, and what each method can be told."""

from collections.abc import Mapping

from edgeci.backends.llama_cpp.context import KV_CACHES
from edgeci.backends.llama_cpp.file_types import FILE_TYPES, NEED_IMPORTANCE, TENSOR_TYPES
from edgeci.backends.option_kinds import FLAG, TEXT
from edgeci.backends.options import Method, Option

RUNNING = (
    Option(
        "kv_cache",
        TEXT,
        "Precision of a language model's key-value cache; without it f16. An embedding model has none.",
        choices=tuple(KV_CACHES),
    ),
    Option("mmap", FLAG, "Map the file into memory instead of reading it.", True),
)
"""Options of how it runs, not of what is written."""
MAKING = (
    Option("pure", FLAG, "Every tensor in the file type's own type, without a mixture.", False),
    Option("output_tensor_type", TEXT, "Of the last layer; without it, as the file type has it.", choices=TENSOR_TYPES),
    Option(
        "token_embedding_type", TEXT, "Of the embeddings; without it, as the file type has it.", choices=TENSOR_TYPES
    ),
    Option("imatrix", FLAG, "Weigh columns by what flows through them; needs calibration text.", False),
    Option("allow_requantize", FLAG, "Also of weights that are quantized already, which lose twice.", False),
)


def sentence(method: str) -> str:
    only = ", only with an importance matrix" if method in NEED_IMPORTANCE else ""
    return f"llama.cpp's file type {FILE_TYPES[method]}{only}."


METHODS: Mapping[str, Method] = {
    "as-is": Method("GGUF in the source's own precision; a GGUF file byte for byte.", RUNNING),
    **{method: Method(sentence(method), (*MAKING, *RUNNING)) for method in FILE_TYPES},
}
