"""By what a workspace knows its own records again: where they were made, and a key that no repository holds.

Records are read back as evidence, so whoever may write files (a pull request, an artifact, another job on this machine)
must not be able to write a record. Each list therefore ends with a seal, HMAC-SHA256 (RFC 2104) over its bytes, its
place and its origin. The key lies outside of every checkout, readable by its owner alone. It does not protect against
code that runs as the same user: docs/security.md says what that means.
"""

import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edgeci.errors import WorkspaceError
from edgeci.types import Origin

KEY_BYTES = 32
SEAL = re.compile(rb',\n "seal": "([0-9a-f]{64})"\n}\n\Z')
"""The last key of a list covers all before it: nothing is parsed before it is known to be ours."""


@dataclass(frozen=True)
class Witness:
    """This run, as its records tell it, and the key that says that they are true."""

    origin: Origin
    key: bytes

    def sealed(self, place: str, unsealed: bytes) -> bytes:
        """A list (`{...}` and a line end) with the seal as its last key. `place` is its path in the workspace."""
        body = unsealed.removesuffix(b"\n}\n")
        return body + b',\n "seal": "' + self.seal(place, body).encode() + b'"\n}\n'

    def is_own(self, place: str, content: bytes) -> bool:
        """Whether these bytes were sealed for this place with this key, by any run on any day."""
        match = SEAL.search(content)
        return match is not None and hmac.compare_digest(match[1], self.seal(place, content[: match.start()]).encode())

    def seal(self, place: str, body: bytes) -> str:
        return hmac.new(self.key, place.encode() + b"\0" + body, hashlib.sha256).hexdigest()

    def objection(self, made: Origin, resumes: bool = False) -> str | None:
        """Why a record of that origin is none of this run's; another job's or folder's is where it resumes that."""
        here = self.origin
        if made.machine != here.machine:
            return "it was made on another machine, or on this one with other limits"
        if made.boot != here.boot:
            return "it was made before this machine was last started"
        if made.workspace != here.workspace and not resumes:
            return "it was made in another folder"
        if made.run != here.run and not resumes:
            return "another job made it; --resume takes over what an earlier job on this machine did"
        return None


def key_file(environment: Mapping[str, str] = os.environ) -> Path:
    """EDGECI_KEY, or `edgeci/key` in the user's state folder (XDG Base Directory Specification)."""
    if chosen := environment.get("EDGECI_KEY"):
        return Path(chosen).absolute()
    state = environment.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state").absolute() / "edgeci" / "key"


def read_key(path: Path) -> bytes:
    """The key, made where there is none.

    Raises:
        WorkspaceError: it cannot be made, or others can read or replace it.
    """
    try:
        if not path.exists():
            make_key(path)
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as stream:
            refuse_shared(path, os.fstat(descriptor))
            content = stream.read(KEY_BYTES + 1)
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else problem
        raise WorkspaceError(
            f"{path}: the key of this machine's records cannot be read or made: {reason}; "
            "set EDGECI_KEY to a file outside of the repository that only you can read"
        ) from problem
    if len(content) != KEY_BYTES:
        raise WorkspaceError(f"{path}: no key of {KEY_BYTES} bytes; remove it, and the next run makes one")
    return content


def make_key(path: Path) -> None:
    """Written under another name first, so that two runs at once get one and the same."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_bytes(KEY_BYTES))
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(half, path)
        except FileExistsError:
            return  # another run was first, and its key is as good
    finally:
        half.unlink()


def refuse_shared(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise WorkspaceError(f"{path}: not a regular file; set EDGECI_KEY to one that only you can read")
    if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
        raise WorkspaceError(f"{path}: others can read this key or replace it; run `chmod 600` on it, or remove it")
