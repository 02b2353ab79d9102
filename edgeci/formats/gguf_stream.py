"""Steps through a GGUF file, each of which is checked against what is left of the file before it is taken."""

import struct
from typing import BinaryIO, NoReturn

from edgeci.formats.unsound import Unsound

SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""Type of a value -> struct's code for it."""
STRING, ARRAY = 8, 9

MOST_STRINGS = 1 << 22
"""Strings in all arrays together; each is a step. The largest vocabularies have half a million with their merges."""
MOST_NAME_BYTES = 255

Value = int | float | str
"""Of the metadata. (A truth is an int.)"""


class Stream:
    """One pass over a file; never reads past the end and never keeps more than it reports."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.size = stream.seek(0, 2)
        self.position = stream.seek(0)
        self.strings_left = MOST_STRINGS

    def refuse(self, what: str) -> NoReturn:
        raise Unsound(what)

    def count(self, most: int, least_bytes: int, what: str) -> int:
        """A number of things, each of which takes so many bytes at least."""
        count = self.number("Q")
        if count > min(most, (self.size - self.position) // least_bytes):
            self.refuse(f"{count} {what} in a file of {self.size} bytes")
        return count

    def name(self, what: str) -> str:
        length = self.number("Q")
        if length > MOST_NAME_BYTES:
            self.refuse(f"{what} at byte {self.position} has a name of {length} bytes")
        return self.text(length)

    def text(self, length: int) -> str:
        return self.take(length).decode("utf-8", errors="replace")

    def number(self, code: str) -> int:
        """A whole number."""
        return int(self.scalar(code))

    def scalar(self, code: str) -> int | float:
        value: int | float = struct.unpack(f"<{code}", self.take(struct.calcsize(f"<{code}")))[0]
        return value

    def take(self, count: int) -> bytes:
        content = self.stream.read(count)
        if len(content) < count:
            self.refuse(f"cut short after {self.size} bytes, in its header")
        self.position += count
        return content

    def skip(self, count: int, what: str) -> None:
        if count > self.size - self.position:
            self.refuse(f"cut short in {what}")
        self.position = self.stream.seek(count, 1)

    def skip_array(self, key: str) -> int:
        """Step over an array; its length."""
        kind, what = self.number("I"), f"the array {key!r}"
        if kind in SCALARS:
            width = struct.calcsize(f"<{SCALARS[kind]}")
            length = self.count(self.size, width, f"items of {what}")
            self.skip(length * width, what)
        elif kind == STRING:
            length = self.count(self.strings_left, 8, f"items of {what}")
            self.strings_left -= length
            self.skip_strings(length, what)
        else:
            self.refuse(f"{what} has items of type {kind}; no runtime reads such an array")
        return length

    def skip_strings(self, count: int, what: str) -> None:
        """The innermost loop of all: half a million steps in a fraction of a second."""
        read, seek, unpack = self.stream.read, self.stream.seek, struct.Struct("<Q").unpack
        position, end = self.position, self.size - 8
        for _ in range(count):
            if position > end:
                self.refuse(f"cut short in {what}")
            (length,) = unpack(read(8))
            position += 8 + length
            if position > self.size:
                self.refuse(f"a text of {length} bytes in {what}, beyond the file's end")
            seek(length, 1)
        self.position = position
