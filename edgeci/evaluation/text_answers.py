"""Whether a generated answer is the expected one: it starts with it, and there the word or the number ends."""

import unicodedata

CJK = frozenset("WF")
"""Wide characters, of languages that write words without spaces between them."""
JOINTS = "-'\u2019\u2010\u2011"
"""Between letters, with the typographic ones: `well-known`, `it's`."""
BLANKS = " \t\n\r"


def starts_with(text: str, expected: str) -> bool:
    """Space around either aside; upper and lower case count.

    `1` is not in `14.7`, `1,000`, `1/2` or `1st`, and it is in `1.`, `1 apple` and `1%`.
    """
    said, wanted = text.strip(), expected.strip()
    return said.startswith(wanted) and not goes_on(wanted, said[len(wanted) :])


def goes_on(before: str, after: str) -> bool:
    """Whether what ends one text and begins the next is one word, or one number."""
    if not continues(before[-1:]):
        return False
    return continues(after[:1]) or (continues(after[1:2]) and joins(before[-1], after[0], after[1]))


def continues(character: str) -> bool:
    """A letter of a language with spaces, a digit, an underscore, or a mark on one of them."""
    if character.isdecimal() or character == "_":
        return True
    is_wide = character != "" and unicodedata.east_asian_width(character) in CJK
    return character != "" and not is_wide and unicodedata.category(character)[0] in "LNM"


def joins(left: str, between: str, right: str) -> bool:
    """Any sign between two digits (14.7, 1,000, 1/2, 3:30, a narrow space), a hyphen or apostrophe between letters."""
    if between in JOINTS:
        return True
    return left.isdecimal() and right.isdecimal() and between not in BLANKS
