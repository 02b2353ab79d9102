"""Render a model's chat template as transformers does. It is an untrusted program: only ever in a worker."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NoReturn

from jinja2 import nodes
from jinja2.exceptions import TemplateError
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from edgeci.errors import InputRejected

LONGEST_PROMPT = 1 << 20
"""Characters that a template may make of a prompt."""
TODAY = datetime(2024, 7, 26, tzinfo=UTC)
"""What a template that asks for the date is told (Llama's own fallback): prompts must not change overnight."""
LANGUAGE_ERRORS = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)


class Generation(Extension):
    """`{% generation %}` marks what an assistant said, for training; here it is its content."""

    tags = {"generation"}

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def render(template: str, prompt: str, special_tokens: Mapping[str, str], is_start_added: bool) -> str:
    """A user's prompt up to where the answer starts.

    `special_tokens` are texts by name (bos_token ...); `is_start_added` says that the tokenizer puts the first of them
    in front of a text by itself.

    Raises:
        InputRejected: the template does not render, reaches for what it must not, or makes too much of the prompt.
    """
    try:
        text = capped(template, prompt, special_tokens)
    except LANGUAGE_ERRORS as problem:
        said = " ".join(f"{type(problem).__name__}: {problem}".split())[:200]
        raise InputRejected(f"the model's chat template does not render ({said})") from problem
    # A template's own beginning-of-text token would be a second one.
    start = special_tokens.get("bos_token")
    return text.removeprefix(start) if start and is_start_added else text


def capped(template: str, prompt: str, special_tokens: Mapping[str, str]) -> str:
    """The rendered text, given up as soon as it is too long."""
    messages = [{"role": "user", "content": prompt}]
    given = {"bos_token": "", "eos_token": "", "tools": None, "documents": None, **special_tokens}
    pieces = []
    length = 0
    for piece in environment().from_string(template).generate(messages=messages, add_generation_prompt=True, **given):
        pieces.append(piece)
        length += len(piece)
        if length > LONGEST_PROMPT:
            raise ValueError(f"more than {LONGEST_PROMPT} characters of a prompt of {len(prompt)}")
    return "".join(pieces)


def environment() -> ImmutableSandboxedEnvironment:
    """What transformers offers a template, without its clock."""
    made = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, "jinja2.ext.loopcontrols"]
    )
    made.globals.update(raise_exception=raise_exception, strftime_now=TODAY.strftime)
    made.filters["tojson"] = as_json
    return made


def raise_exception(message: str) -> NoReturn:
    """How a template refuses what it is asked to render."""
    raise TemplateError(message)


def as_json(
    value: object,
    ensure_ascii: bool = False,
    indent: int | str | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """As transformers has it: without the HTML escapes of jinja's own."""
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
