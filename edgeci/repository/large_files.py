"""What Git LFS keeps beside the repository: a commit holds a pointer, the local store the file itself."""

import hashlib
import re
from pathlib import Path
from typing import IO

from edgeci.errors import EdgeciError
from edgeci.regular_files import POINTER, opened

LARGEST_OBJECT_BYTES = 64 * 2**30
PIECE_BYTES = 2**20
OID = re.compile(rb"^oid sha256:([0-9a-f]{64})$", re.MULTILINE)
EXTENDED = re.compile(rb"^ext-\d", re.MULTILINE)
"""A pointer to what a program of the user's made of the file: only that program brings it back."""


def write_what_is_meant(content: bytes, common_folder: Path, stream: IO[bytes]) -> int:
    """The object that `content` points to, if it lies there intact, else `content`; how many bytes that wrote."""
    if (oid := object_named(content)) is not None:
        copied = copy_object(common_folder / "lfs" / "objects" / oid[:2] / oid[2:4] / oid, oid, stream)
        if copied is not None:
            return copied
    return stream.write(content)


def object_named(content: bytes) -> str | None:
    if not content.startswith(POINTER) or EXTENDED.search(content):
        return None
    oid = OID.search(content)
    return oid and oid[1].decode()


def copy_object(source: Path, oid: str, stream: IO[bytes]) -> int | None:
    """Its bytes, if they are what their name says; None and nothing where they are not."""
    digest = hashlib.sha256()
    try:
        with opened(source, LARGEST_OBJECT_BYTES) as content:
            while piece := content.read(PIECE_BYTES):
                digest.update(piece)
                stream.write(piece)
    except EdgeciError:  # not fetched: readers of the pointer say what to do
        return None
    if digest.hexdigest() == oid:
        return stream.tell()
    stream.seek(0)
    stream.truncate()
    return None
