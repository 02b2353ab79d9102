"""The tokenizer inside a GGUF file, by llama.cpp: the vocabulary is loaded, no weights."""

import ctypes
from collections.abc import Callable
from pathlib import Path

from edgeci.backends.llama_cpp.model import Library, Model
from edgeci.errors import BackendFailed, ConfigError
from edgeci.evaluation.chat_template import render

Room = ctypes.Array[ctypes.c_char]
NONE = -1
"""llama.cpp's id of a special token that there is not."""


class LlamaTokenizer:
    """Ids as the file itself says: what starts a context, what ends an answer, what a chat looks like."""

    def __init__(self, path: Path) -> None:
        import llama_cpp

        self.library: Library = llama_cpp
        self.model = Model(path, vocabulary_only=True)
        self.vocabulary = self.model.vocabulary
        ends = (token for token in range(self.model.tokens) if llama_cpp.llama_vocab_is_eog(self.vocabulary, token))
        self.end_tokens = frozenset(ends)

    def encode(self, text: str, is_start: bool) -> list[int]:
        """Markers such as `<|im_start|>` in the text are the tokens of that name, as in Hugging Face's tokenizers."""
        return self.without_end(self.whole(text)) if is_start else self.ids(text, is_whole=False)

    def whole(self, text: str) -> list[int]:
        return self.ids(text, is_whole=True)

    def ids(self, text: str, is_whole: bool) -> list[int]:
        content = text.encode()
        length = len(content) + 8
        room = (ctypes.c_int32 * length)()
        count = self.library.llama_tokenize(self.vocabulary, content, len(content), room, length, is_whole, True)
        if count < 0:
            raise BackendFailed(f"llama.cpp cannot tokenize a text of {len(content)} bytes")
        return list(room[:count])

    def without_end(self, ids: list[int]) -> list[int]:
        """Some files also ask for an end-of-text token after a text, which starts nothing."""
        end = self.library.llama_vocab_eos(self.vocabulary)
        if self.library.llama_vocab_get_add_eos(self.vocabulary) and ids and ids[-1] == end:
            return ids[:-1]
        return ids

    def decode(self, tokens: list[int]) -> str:
        ids = (ctypes.c_int32 * len(tokens))(*tokens)

        def detokenize(room: Room, length: int) -> int:
            written = self.library.llama_detokenize(self.vocabulary, ids, len(tokens), room, length, False, False)
            return int(written)

        return filled(detokenize).decode("utf-8", errors="replace")

    def in_chat(self, prompt: str) -> str:
        template = self.library.llama_model_chat_template(self.model.pointer, None)
        if template is None:
            raise ConfigError("the model has no chat template; set text.chat_template: false")
        return render(
            template.decode("utf-8", errors="replace"),
            prompt,
            self.special_tokens(),
            is_start_added=self.library.llama_vocab_get_add_bos(self.vocabulary),
        )

    def special_tokens(self) -> dict[str, str]:
        """Texts of those that there are, by the names that templates use."""
        ids = {
            "bos_token": self.library.llama_vocab_bos(self.vocabulary),
            "eos_token": self.library.llama_vocab_eos(self.vocabulary),
        }
        return {name: self.text(token) for name, token in ids.items() if token != NONE}

    def text(self, token: int) -> str:
        return str(self.library.llama_vocab_get_text(self.vocabulary, token).decode("utf-8", errors="replace"))


def filled(write: Callable[[Room, int], int]) -> bytes:
    """What a function of llama.cpp writes into a buffer; it says how long that must be."""
    needed = write(ctypes.create_string_buffer(1), 0)
    length = abs(needed)
    room = ctypes.create_string_buffer(length + 1)
    written = write(room, length)
    return room.raw[: max(written, 0)]
