"""The workspace: one folder of record lists that the verbs share, safe against crashes and a second run.

Every JSON file is `{"schema": 1, "kind": ..., "records": [...]}` and is written atomically (temp file, fsync, rename,
fsync folder): a reader sees the old list or the new one, never half of one.
"""

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout
from pydantic import ValidationError

from edgeci.errors import WorkspaceError
from edgeci.types import File, Noun

SCHEMA = 1
Record = TypeVar("Record", bound=Noun)


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
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
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


def encode(kind: str, records: Iterable[Noun]) -> bytes:
    """One record list as the bytes of its file; equal records give equal bytes."""
    body = {"schema": SCHEMA, "kind": kind, "records": [record.model_dump(mode="json") for record in records]}
    return (json.dumps(body, indent=1, ensure_ascii=False) + "\n").encode()


def decode(content: bytes, record: type[Record], source: str) -> list[Record]:
    """The records in the bytes of a file.

    Raises:
        WorkspaceError: not a record list of this kind and schema.
    """
    try:
        body = json.loads(content)
        if body["schema"] != SCHEMA:
            raise WorkspaceError(f"{source}: schema {body['schema']}, this edgeci reads {SCHEMA}; remove the workspace")
        if body["kind"] != record.__name__.lower():
            raise WorkspaceError(f"{source}: holds {body['kind']!r} records, expected {record.__name__.lower()!r}")
        return [record.model_validate(item) for item in body["records"]]
    except (ValueError, KeyError, TypeError, ValidationError) as problem:
        first = str(problem).splitlines()[0]
        raise WorkspaceError(
            f"{source}: damaged ({first}); remove it and run the verb that writes it again"
        ) from problem


class Workspace:
    """Paths and record lists in one folder, `.edgeci` by default."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def candidates(self) -> Path:
        return self.folder / "candidates"

    @property
    def model(self) -> Path:
        """The private copy of the model that every worker reads."""
        return self.folder / "model"

    @property
    def release(self) -> Path:
        return self.folder / "release"

    @property
    def manifests(self) -> Path:
        return self.folder / "manifests"

    def write(self, name: str, records: Iterable[Noun], record: type[Noun]) -> None:
        """Replace the list `name`.json.

        Raises:
            WorkspaceError: as write_atomically.
        """
        write_atomically(self.folder / f"{name}.json", encode(record.__name__.lower(), records))

    def read(self, name: str, record: type[Record], made_by: str) -> list[Record]:
        """The list `name`.json, written by the verb `made_by`.

        Raises:
            WorkspaceError: missing (names the verb to run first) or damaged.
        """
        path = self.folder / f"{name}.json"
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise WorkspaceError(f"{path}: not there; run `edgeci {made_by}` first") from None
        return decode(content, record, str(path))

    def read_or_empty(self, name: str, record: type[Record]) -> list[Record]:
        path = self.folder / f"{name}.json"
        return decode(path.read_bytes(), record, str(path)) if path.exists() else []

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the workspace; a second run gets a clear error at once.

        Raises:
            WorkspaceError: in use, read-only or full.
        """
        with explained(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / ".gitignore").write_text("*\n")
        lock = FileLock(self.folder / "lock", blocking=False)
        owner = self.folder / "lock.owner"
        try:
            with explained(self.folder):
                lock.acquire()
        except Timeout:
            who = owner.read_text().strip() if owner.exists() else "another edgeci"
            raise WorkspaceError(
                f"{self.folder}: in use by {who}; wait for it or choose another folder with --workspace"
            ) from None
        try:
            with explained(self.folder):
                owner.write_text(f"process {os.getpid()}\n")
                self.sweep()
            yield
        finally:
            owner.unlink(missing_ok=True)
            lock.release()

    def sweep(self) -> None:
        """Remove what a killed run was writing: temporary names start with a dot and nobody else holds the lock."""
        for path in [*self.folder.glob(".*"), *self.folder.glob("*/.*")]:
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != ".gitignore":
                path.unlink()

    @contextmanager
    def fresh_folder(self, destination: Path) -> Iterator[Path]:
        """A folder that takes the place of `destination` only when the block ends well."""
        with explained(destination):
            destination.parent.mkdir(parents=True, exist_ok=True)
            temporary = Path(tempfile.mkdtemp(dir=destination.parent, prefix=f".{destination.name}."))
        try:
            with explained(destination):
                yield temporary
                temporary.chmod(0o755)
                for path in temporary.rglob("*"):
                    if path.is_file():
                        with path.open("rb") as stream:
                            os.fsync(stream.fileno())
                if destination.exists():
                    shutil.rmtree(destination)
                temporary.replace(destination)
                synchronize(destination.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
