"""Characters that a report cannot carry, or that hide what they do: written as escapes, never dropped.

Names and messages come from model files and crashed tools, so they may hold anything. Escape sequences, NUL, lone
surrogates and direction overrides become visible (`\\x1b`); everything else stays what it is.
"""

import json
import re

NEWLINES = re.compile(r"\r\n|[\n\u2028\u2029\x85]")
NONCHARACTERS = "".join(chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
UNPRINTABLE = re.compile(
    rf"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef{NONCHARACTERS}]"
)
IGNORED = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e0fff"
)
"""Default_Ignorable_Code_Point, as a character class: what comparisons by a culture's rules do not see."""
COMMAND = re.compile(rf"^([\s{IGNORED}]*):(?=[{IGNORED}]*:)")
OLD_COMMAND = re.compile(rf"(#[{IGNORED}]*#[\w.{IGNORED}]*)\[")


def visible(text: str) -> str:
    """The text with only newline and tab left of the control characters; valid in XML, HTML, JSON and UTF-8."""
    return UNPRINTABLE.sub(escape, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """The text on one line: a line break becomes a visible arrow."""
    return visible(NEWLINES.sub(" ⏎ ", text.strip()).replace("\t", " "))


def inert(line: str) -> str:
    r"""The line with nothing in it that a CI log takes for a command.

    GitHub's runner obeys `::name::` at the beginning of a line, white space aside, and `##[name]` anywhere in it (Azure
    Pipelines `##vso[name]`): they become `\x3a:name::` and `##\x5bname]`.
    """
    return inert_inside(COMMAND.sub(r"\1\\x3a", line))


def inert_inside(line: str) -> str:
    """The line without the old kind of command, which works anywhere in it."""
    return OLD_COMMAND.sub(r"\1\\x5b", line)


def inert_json(text: str) -> str:
    """JSON with the same values, and nothing in its strings that a CI log or a terminal obeys."""
    return OLD_COMMAND.sub(r"\1\\u005b", UNPRINTABLE.sub(json_escape, text))


def shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def json_escape(match: re.Match[str]) -> str:
    return json.dumps(match.group())[1:-1]
