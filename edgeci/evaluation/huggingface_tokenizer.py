"""The tokenizer of a Hugging Face or MLX folder, by the `tokenizers` library; no Python code of a model is run."""

import json
from pathlib import Path

from pydantic import JsonValue

from edgeci.errors import ConfigError, InputRejected
from edgeci.evaluation.chat_template import render

SPECIAL = ("bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token")


class HuggingfaceTokenizer:
    """Ids as the folder's own files say: what starts a context, what ends an answer, what a chat looks like.

    Raises:
        InputRejected: a file of it is damaged.
    """

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        self.folder = folder
        try:
            self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as problem:
            # The library raises bare Exception for whatever is wrong in the file.
            raise InputRejected(f"{folder / 'tokenizer.json'}: not a tokenizer ({str(problem)[:200]})") from problem
        # Some files ask for texts to be cut or filled up, as a training run wanted them.
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.settings = {**self.read("special_tokens_map.json"), **self.read("tokenizer_config.json")}
        self.special_tokens = {name: text for name in SPECIAL if (text := self.special(name)) is not None}
        self.start = self.start_tokens()
        self.end_tokens = frozenset(self.declared("eos_token"))

    def read(self, name: str) -> dict[str, JsonValue]:
        path = self.folder / name
        if not path.is_file():
            return {}
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as problem:
            raise InputRejected(f"{path}: not JSON ({problem})") from problem
        return content if isinstance(content, dict) else {}

    def special(self, name: str) -> str | None:
        """A special token's text; the settings hold it alone or in an object."""
        token = self.settings.get(name)
        text = token.get("content") if isinstance(token, dict) else token
        return text if isinstance(text, str) else None

    def declared(self, name: str) -> list[int]:
        """Every id that the folder gives a special token: by its text, by id in either config, one or several."""
        text = self.special_tokens.get(name)
        declarations: list[object] = [self.tokenizer.token_to_id(text)] if text is not None else []
        for file in ("config.json", "generation_config.json"):
            ids = self.read(file).get(f"{name}_id")
            declarations += ids if isinstance(ids, list) else [ids]
        return [token for token in declarations if isinstance(token, int) and not isinstance(token, bool)]

    def start_tokens(self) -> list[int]:
        """What the tokenizer itself puts in front; or the beginning-of-text token where the settings ask for it."""
        declared = self.declared("bos_token")
        own = self.tokenizer.encode("", add_special_tokens=True).ids
        if own or not self.settings.get("add_bos_token"):
            # An end-of-text token that some put behind an empty text starts nothing.
            return [token for token in own if token in declared]
        return declared[:1]

    def encode(self, text: str, is_start: bool) -> list[int]:
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return [*self.start, *ids] if is_start else ids

    def whole(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=True).ids
        return ids

    def decode(self, tokens: list[int]) -> str:
        return str(self.tokenizer.decode(tokens, skip_special_tokens=True))

    def in_chat(self, prompt: str) -> str:
        return render(self.template(), prompt, self.special_tokens, is_start_added=bool(self.start))

    def template(self) -> str:
        """
        Raises:
            ConfigError: the folder has none.
        """
        file = self.folder / "chat_template.jinja"
        if file.is_file():
            return file.read_text(encoding="utf-8")
        template = self.settings.get("chat_template") or self.read("chat_template.json").get("chat_template")
        if isinstance(template, list):
            named = [entry for entry in template if isinstance(entry, dict) and entry.get("name") == "default"]
            template = named[0].get("template") if named else None
        if not isinstance(template, str):
            raise ConfigError("the model has no chat template; set text.chat_template: false")
        return template
