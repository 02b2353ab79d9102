"""The tokenizer of a Hugging Face or MLX folder, by the `tokenizers` library; no Python code of a model is run."""

import json
from pathlib import Path
from typing import Any, NoReturn

from edgeci.errors import ConfigError, InputRejected

LONGEST_PROMPT = 1 << 20
"""Characters that a chat template may make of a prompt."""


class HuggingfaceTokenizer:
    """Ids as the folder's own files say: what starts a context, what ends an answer, what a chat looks like.

    Raises:
        InputRejected: tokenizer.json is damaged.
    """

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        self.folder = folder
        try:
            self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as problem:
            # The library raises bare Exception for whatever is wrong in the file.
            raise InputRejected(f"{folder / 'tokenizer.json'}: not a tokenizer ({str(problem)[:200]})") from problem
        self.settings = self.read("tokenizer_config.json")
        self.start = self.start_tokens()
        self.end_tokens = frozenset(self.ends())

    def read(self, name: str) -> dict[str, Any]:
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

    def start_tokens(self) -> list[int]:
        """What the tokenizer itself puts in front; or the beginning-of-text token where the settings ask for it."""
        own = self.tokenizer.encode("", add_special_tokens=True).ids
        start = self.special("bos_token")
        if own or not self.settings.get("add_bos_token") or start is None:
            # An end-of-text token that some put behind an empty text starts nothing.
            return [token for token in own if start is not None and token == self.tokenizer.token_to_id(start)]
        return [self.tokenizer.token_to_id(start)]

    def ends(self) -> list[int]:
        """Every id that the folder calls an end of text."""
        found: list[int] = []
        for name in ("config.json", "generation_config.json"):
            ids = self.read(name).get("eos_token_id")
            found += [token for token in (ids if isinstance(ids, list) else [ids]) if isinstance(token, int)]
        token = self.special("eos_token")
        known = self.tokenizer.token_to_id(token) if token is not None else None
        return [*found, *([known] if known is not None else [])]

    def encode(self, text: str, is_start: bool) -> list[int]:
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return [*self.start, *ids] if is_start else ids

    def decode(self, tokens: list[int]) -> str:
        return str(self.tokenizer.decode(tokens, skip_special_tokens=True))

    def in_chat(self, prompt: str) -> str:
        start = self.special("bos_token")
        return render_chat(self.template(), prompt, start, self.special("eos_token"), is_start_added=bool(self.start))

    def template(self) -> str:
        """
        Raises:
            ConfigError: the folder has none.
        """
        file = self.folder / "chat_template.jinja"
        if file.is_file():
            return file.read_text(encoding="utf-8")
        template = self.settings.get("chat_template")
        if isinstance(template, list):
            template = next((entry.get("template") for entry in template if entry.get("name") == "default"), None)
        if not isinstance(template, str):
            raise ConfigError("the model has no chat template; set text.chat_template: false")
        return template


def render_chat(template: str, prompt: str, start: str | None, end: str | None, is_start_added: bool) -> str:
    """A user's prompt up to where the answer starts, as transformers' apply_chat_template renders it.

    The template is a program from an untrusted file: only ever called in a worker, which has limits.

    Raises:
        InputRejected: the template does not render, reaches for what it must not, or makes too much of it.
    """
    from jinja2.exceptions import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def raise_exception(message: str) -> NoReturn:
        raise TemplateError(message)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals["raise_exception"] = raise_exception
    environment.filters["tojson"] = lambda value, **options: json.dumps(value, ensure_ascii=False)
    messages = [{"role": "user", "content": prompt}]
    try:
        text = environment.from_string(template).render(
            messages=messages, add_generation_prompt=True, bos_token=start or "", eos_token=end or "", tools=None
        )
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as problem:
        raise InputRejected(
            f"the model's chat template does not render ({type(problem).__name__}: {problem})"
        ) from problem
    if len(text) > LONGEST_PROMPT:
        raise InputRejected(f"the model's chat template made {len(text)} characters of a prompt of {len(prompt)}")
    # Where the tokenizer puts the beginning-of-text token in front itself, a template's own would be a second one.
    return text.removeprefix(start) if start and is_start_added else text
