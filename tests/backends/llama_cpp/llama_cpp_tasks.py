"""What tests ask of a worker that has llama.cpp."""

from pathlib import Path
from typing import Any

from edgeci.backends.llama_cpp import backend as llama_cpp
from edgeci.backends.llama_cpp.composition import tensors
from edgeci.evaluation.huggingface_tokenizer import HuggingfaceTokenizer


def tensor_types(main: str) -> list[str]:
    return sorted({kind for _, kind, _ in tensors(Path(main))})


def tokenizers(folder: str, file: str, texts: list[str]) -> dict[str, Any]:
    """The same questions to the folder's tokenizer and to the one inside the GGUF file."""
    read = {}
    for name, words in (("folder", HuggingfaceTokenizer(Path(folder))), ("file", llama_cpp.tokenizer(Path(file)))):
        ids = [words.encode(text, True) for text in texts]
        read[name] = {
            "ids": ids,
            "texts": [words.decode(each) for each in ids],
            "chat": words.in_chat("What is 2 + 2?"),
            "chat_ids": words.encode(words.in_chat("What is 2 + 2?"), True),
            "ends": sorted(words.end_tokens),
        }
    return read
