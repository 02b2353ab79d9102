"""Characters that a report cannot carry, or that hide what they do: written as escapes, never dropped.

Names and messages come from model files and crashed tools, so they may hold anything. Escape sequences, NUL, lone
surrogates and direction overrides become visible (`\\x1b`); everything else stays what it is.
"""

import re

NEWLINES = re.compile(r"\r\n|[\n\u2028\u2029\x85]")
NONCHARACTERS = "".join(chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
UNPRINTABLE = re.compile(
    rf"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef{NONCHARACTERS}]"
)


def visible(text: str) -> str:
    """The text with only newline and tab left of the control characters; valid in XML, HTML, JSON and UTF-8."""
    return UNPRINTABLE.sub(escape, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """The text on one line: a line break becomes a visible arrow."""
    return visible(NEWLINES.sub(" ⏎ ", text.strip()).replace("\t", " "))


def shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
