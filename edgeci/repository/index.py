"""Which files lie in the work tree because git put them there."""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edgeci.errors import ConfigError
from edgeci.repository.git import Git, last_line

LINK = "120000"
PIECE_BYTES = 2**20
ENTRY = re.compile(rb"(\d{6}) ([0-9a-f]{40}|[0-9a-f]{64}) (\d)\t([^\0]+)\0")
TIMES = re.compile(rb"  ctime: (\d+):(\d+)\n  mtime: (\d+):(\d+)\n  dev: \d+\tino: (\d+)\n.*\n  size: (\d+)\t.*\n")
"""What `--debug` adds to a line. git may change that some day; then bytes alone are compared."""
WORD = 2**32
"""The index keeps sizes and inodes' numbers modulo this."""


@dataclass(frozen=True)
class Entry:
    """One file that git tracks, and what the system said of it when git last wrote or compared it."""

    mode: str
    blob: str
    name: str
    status: tuple[int, ...] | None


def tracked(git: Git, folder: Path) -> list[Path]:
    """Files at or below `folder` that are as git put them there, by their bytes or untouched since then.

    Their bytes alone would not tell: a line in `.gitattributes` has git write others than it keeps.
    """
    if not folder.is_relative_to(git.root):
        raise ConfigError(f"{folder}: not in the work tree {git.root}")
    within = folder.relative_to(git.root).as_posix()
    root = Path(os.path.realpath(git.root))
    return [git.root / entry.name for entry in entries(git, within) if lies_there(entry, root)]


def entries(git: Git, within: str) -> Iterator[Entry]:
    """What the index holds there, without what a merge left undecided."""
    known = statuses(listed(git, "--debug", "--", within))
    for line in ENTRY.finditer(listed(git, "--", within)):
        mode, blob, stage, name = line.groups()
        if stage == b"0":
            yield Entry(mode.decode(), blob.decode(), os.fsdecode(name), known.get(name))


def listed(git: Git, *arguments: str) -> bytes:
    answer = git.asked("ls-files", "-s", "-z", *arguments)
    if answer.code != 0:
        raise ConfigError(f"{git.root}: git cannot say what it tracks: {last_line(answer.complaint)}")
    return answer.output


def statuses(output: bytes) -> dict[bytes, tuple[int, ...]]:
    """By name, as far as this git says it in the way that is known here."""
    known: dict[bytes, tuple[int, ...]] = {}
    place = 0
    while (line := ENTRY.match(output, place)) and (times := TIMES.match(output, line.end())):
        known[line[4]] = tuple(map(int, times.groups()))
        place = times.end()
    return known


def lies_there(entry: Entry, root: Path) -> bool:
    path = root / entry.name
    if os.path.realpath(path.parent) != os.fspath(path.parent):
        return False  # another folder's file, seen through a link
    try:
        status = path.lstat()
        return entry.status == of_interest(status) or entry.blob == blob_at(path, status, entry)
    except FileNotFoundError:
        return False
    except OSError as problem:
        raise ConfigError(f"{path}: cannot be read: {problem.strerror}") from problem


def of_interest(status: os.stat_result) -> tuple[int, ...]:
    """In the order of TIMES. Nobody sets a `ctime`: one that is as it was says that nothing has changed."""
    changed, modified = (divmod(moment, 10**9) for moment in (status.st_ctime_ns, status.st_mtime_ns))
    return (*changed, *modified, status.st_ino % WORD, status.st_size % WORD)


def blob_at(path: Path, status: os.stat_result, entry: Entry) -> str | None:
    """The name that git would give to what lies there, if it is of the same kind."""
    digest = hashlib.sha1 if len(entry.blob) == 40 else hashlib.sha256
    name = digest(b"blob %d\0" % status.st_size, usedforsecurity=False)
    if stat.S_ISLNK(status.st_mode) and entry.mode == LINK:
        name.update(os.fsencode(path.readlink()))
    elif stat.S_ISREG(status.st_mode) and entry.mode != LINK:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:
            while piece := stream.read(PIECE_BYTES):
                name.update(piece)
    else:
        return None
    return name.hexdigest()
