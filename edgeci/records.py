"""Lists of records as bytes and as files.

Every JSON file is `{"schema": 2, "kind": ..., "records": [...]}` and is written atomically (temp file, fsync, rename,
fsync folder): a reader sees the old list or the new one, never half of one.
"""

import errno
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from edgeci.errors import WorkspaceError
from edgeci.types import File, Noun, Origin

SCHEMA = 2
"""Of every list; a list of another schema is refused, and what to do about it is said."""
TEMPORARY = ".edgeci-tmp-"
"""How the names begin that edgeci gives to what is not whole yet; nobody else's name does."""
DAMAGE = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError, ValidationError)
"""What Python says of bytes that are no list of records."""
HALF = re.compile(rb"\\u[dD][89a-fA-F]")
"""How JSON can escape half of a character, which no file could hold."""
Record = TypeVar("Record", bound=Noun)


class OtherEdgeci(WorkspaceError):
    """A list that an older or a newer edgeci wrote."""

    def __init__(self, source: str, age: str) -> None:
        self.reason = f"{age}; run the verb that makes it again, or use the edgeci that wrote it"
        super().__init__(f"{source}: {self.reason}")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals into a message with a remedy."""
    remedies = {
        errno.ENOSPC: "the disk is full; free some space and run the same command again",
        errno.EDQUOT: "the disk quota is used up; free some space and run the same command again",
        errno.EROFS: "the file system is read-only; choose another folder with --workspace",
        errno.EACCES: "permission denied; choose another folder with --workspace",
        errno.EPERM: "permission denied; choose another folder with --workspace",
        errno.ENOTDIR: "a file is in the way; remove it or choose another folder with --workspace",
        errno.EEXIST: "a file is in the way; remove it or choose another folder with --workspace",
    }
    try:
        yield
    except OSError as problem:
        remedy = remedies.get(problem.errno or 0)
        if remedy is None:
            raise
        raise WorkspaceError(f"{path}: {remedy}") from problem


def write_atomically(path: Path, content: bytes) -> None:
    """Replace `path` by `content`, wholly or not at all, and survive a power cut.

    Raises:
        WorkspaceError: full disk, read-only or forbidden folder.
    """
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=TEMPORARY)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        synchronize(path.parent)


def synchronize(folder: Path) -> None:
    """fsync a folder, so a rename in it survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def digest_of(parts: Iterable[str]) -> str:
    """sha256 of lines."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def digest(path: Path) -> str:
    """sha256 of a file, in constant memory."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def describe(folder: Path, path: Path) -> File:
    """The File record of `path`, relative to `folder`."""
    return File(path=path.relative_to(folder).as_posix(), sha256=digest(path), size_bytes=path.stat().st_size)


def encode(kind: str, records: Iterable[Noun], origin: Origin | None = None) -> bytes:
    """One record list as the bytes of its file; equal records of one origin give equal bytes."""
    made = {} if origin is None else {"origin": origin.model_dump(mode="json")}
    body = {"schema": SCHEMA, "kind": kind, **made, "records": [record.model_dump(mode="json") for record in records]}
    return (json.dumps(body, indent=1, ensure_ascii=False) + "\n").encode()


def other_schema(schema: int, since: int = SCHEMA) -> str | None:
    """Which edgeci wrote a list that this one does not read; None where it does."""
    if since <= schema <= SCHEMA:
        return None
    age = "an older" if schema < since else "a newer"
    return f"written by {age} edgeci (schema {schema}, this one writes {SCHEMA})"


def decode(content: bytes, record: type[Record], source: str, since: int = SCHEMA) -> list[Record]:
    """The records in the bytes of a file; `since`: the schema that gave these records the shape they have.

    Raises:
        OtherEdgeci: another schema.
        WorkspaceError: not a record list of this kind.
    """
    try:
        body = json.loads(content)
        if (age := other_schema(body["schema"], since)) is not None:
            raise OtherEdgeci(source, age)
        if body["kind"] != record.__name__.lower():
            raise WorkspaceError(f"{source}: holds {body['kind']!r} records, expected {record.__name__.lower()!r}")
        if HALF.search(content):
            json.dumps(body, ensure_ascii=False).encode()
        return [record.model_validate(item) for item in body["records"]]
    except DAMAGE as problem:
        raise damaged(source, problem) from problem


def schema_of(content: bytes, source: str) -> int:
    """The schema in which a list is written.

    Raises:
        WorkspaceError: it does not say, or is no list.
    """
    try:
        return int(json.loads(content)["schema"])
    except DAMAGE as problem:
        raise damaged(source, problem) from problem


def origin_of(content: bytes, source: str) -> Origin:
    """Where a list says that it was made.

    Raises:
        WorkspaceError: it does not say, or is no list.
    """
    try:
        return Origin.model_validate(json.loads(content)["origin"])
    except DAMAGE as problem:
        raise damaged(source, problem) from problem


def damaged(source: str, problem: Exception) -> WorkspaceError:
    first = str(problem).splitlines()[0][:200] if str(problem) else type(problem).__name__
    return WorkspaceError(f"{source}: damaged ({first}); remove it and run the verb that writes it again")
