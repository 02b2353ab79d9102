"""Write a commit's files as they were committed: bytes from the object store, names that stay inside."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from edgeci.errors import ConfigError, InputRejected
from edgeci.regular_files import LARGEST_POINTER_BYTES
from edgeci.repository import large_files
from edgeci.repository.git import Conversation, Git, last_line

MOST_FILES = 200_000
MOST_BYTES = 64 * 2**30
PIECE_BYTES = 2**20
LONGEST_LINK_BYTES = 4096
FILE, PROGRAM, LINK, SUBMODULE = "100644", "100755", "120000", "160000"
UNSEEN = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
"""Characters that some file systems leave out of names, so that more than one name means `.git`."""
UNWRITABLE = frozenset({errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL})
"""What the system answers to names that it cannot keep, or not beside each other."""


@dataclass(frozen=True)
class Entry:
    """One file of a commit."""

    mode: str
    blob: str
    path: str


def write(git: Git, commit: str, folder: Path) -> None:
    """Every file below `folder`; links come last, so that no file is written through one."""
    listed = [entry for entry in entries(git, commit) if entry.mode != SUBMODULE]
    listed.sort(key=lambda entry: entry.mode == LINK)
    left = MOST_BYTES
    folder.mkdir(parents=True, exist_ok=True)
    with git.talking("cat-file", "--batch", listens=True) as conversation:
        for entry in listed:
            size = size_of(conversation, entry, commit)
            if size > left:
                raise InputRejected(f"{commit}: its files have more than {MOST_BYTES} bytes")
            with kept_apart(entry, commit):
                left -= take(git, conversation.source, entry, size, folder / entry.path)
            conversation.source.read(1)  # the end of the line


@contextmanager
def kept_apart(entry: Entry, commit: str) -> Iterator[None]:
    """What the system says to names that it cannot keep, as a sentence; a full disk is not that."""
    try:
        yield
    except OSError as problem:
        if problem.errno not in UNWRITABLE:
            raise
        raise ConfigError(f"{commit}: {entry.path!r} cannot be written here: {problem.strerror}") from problem


def entries(git: Git, commit: str) -> Iterator[Entry]:
    """What the commit lists, every name looked at.

    Raises:
        ConfigError: no such commit, or its folders are not all there.
        InputRejected: more files than anybody has, or a name that leaves the tree or means something to git.
    """
    answer = git.asked("ls-tree", "-r", "-z", "--full-tree", commit)
    if answer.code != 0:
        raise ConfigError(f"{commit}: cannot be read; {reason(answer.complaint)}")
    lines = answer.output.split(b"\0")[:-1]
    if len(lines) > MOST_FILES:
        raise InputRejected(f"{commit}: {len(lines)} files, more than {MOST_FILES}")
    for line in lines:
        about, _, name = line.partition(b"\t")
        mode, _, blob = about.decode().split(" ")
        yield Entry(mode, blob, checked(os.fsdecode(name), commit))


def checked(name: str, commit: str) -> str:
    parts = name.split("/")
    if any(part in ("", ".", "..") or means_git(part) for part in parts):
        raise InputRejected(f"{commit}: {name!r} is no name of a file in a tree")
    return name


def means_git(part: str) -> bool:
    """Whether any file system takes this name for `.git` (git's own rules, is_ntfs_dotgit and is_hfs_dotgit)."""
    plain = UNSEEN.sub("", part).casefold().split(":")[0].rstrip(" .")
    return plain in (".git", "git~1") or ("\\" in part and any(means_git(each) for each in part.split("\\")))


def size_of(conversation: Conversation, entry: Entry, commit: str) -> int:
    """Ask for one blob; its bytes are what the process says next."""
    try:
        conversation.put(entry.blob)
    except BrokenPipeError:
        raise ConfigError(f"{commit}: {entry.path} cannot be read; {reason(conversation.complaint)}") from None
    header = conversation.source.readline().decode(errors="replace").split()
    if len(header) != 3 or header[1] != "blob":
        said = "missing" if header[1:] == ["missing"] else conversation.complaint
        raise ConfigError(f"{commit}: {entry.path} cannot be read; {reason(said)}")
    return int(header[2])


def reason(complaint: str) -> str:
    """Why git has not got an object, most likely: a partial clone fetches later, and here nothing is fetched."""
    if re.search("missing|promisor|lazy fetch|not allowed", complaint):
        return "it is not in this clone, which was made with a filter; clone without `--filter`"
    return last_line(complaint)


def take(git: Git, source: IO[bytes], entry: Entry, size: int, destination: Path) -> int:
    """The next blob as a file or a link; how many bytes that wrote."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    content = pieces(source, size)
    if entry.mode == LINK:
        target = beginning(content, LONGEST_LINK_BYTES)
        if stays_inside(entry.path, target):
            destination.symlink_to(os.fsdecode(target))
        return len(target)
    with create(destination, 0o755 if entry.mode == PROGRAM else 0o644) as stream:
        if size <= LARGEST_POINTER_BYTES:
            return large_files.write_what_is_meant(b"".join(content), git.common_folder, stream)
        stream.writelines(content)
        return size


def beginning(content: Iterator[bytes], most_bytes: int) -> bytes:
    """All of it is read, and no more than one byte too many is kept."""
    kept = b""
    for piece in content:
        kept = (kept + piece)[: most_bytes + 1]
    return kept


def stays_inside(path: str, target: bytes) -> bool:
    """Whether a link at `path` stays in the tree through whatever other links: it goes up first, then only down."""
    if target.startswith(b"/") or b"\0" in target or not 0 < len(target) <= LONGEST_LINK_BYTES:
        return False
    steps = [step for step in target.split(b"/") if step not in (b"", b".")]
    up = next((number for number, step in enumerate(steps) if step != b".."), len(steps))
    return b".." not in steps[up:] and up <= path.count("/")


def create(path: Path, mode: int) -> IO[bytes]:
    """A new file, never through a link and never over another."""
    stream = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode), "wb")
    os.fchmod(stream.fileno(), mode)
    return stream


def pieces(source: IO[bytes], size: int) -> Iterator[bytes]:
    while size > 0:
        piece = source.read(min(size, PIECE_BYTES))
        if not piece:
            raise ConfigError("git ended before it had given a whole file; run `git fsck`")
        size -= len(piece)
        yield piece
