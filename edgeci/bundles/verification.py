"""Recompute everything a bundle claims, offline and without a framework.

A changed byte, a missing or extra file, a link, a verdict that did not pass or a gate nobody judged is refused, and so
is a record that contradicts its model or its edgeci.yaml. Whoever can rewrite the record, the samples *and*
checksums.txt can still make a bundle that agrees with itself: only a signature over checksums.txt stops that.
"""

import hashlib
import json
import os
import re
import stat
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from edgeci.bundles.consistency import faults
from edgeci.bundles.layout import CHECKSUMS, CONFIGURATION, RECORD, is_plain, opened, read, rejected
from edgeci.errors import WorkspaceError
from edgeci.records import OtherEdgeci, decode
from edgeci.types import File, Release

LINE = re.compile(r"([0-9a-f]{64})  (.+)")
MOST_CHECKSUMS_BYTES = 16 << 20
MOST_RECORD_BYTES = 256 << 20
MOST_CONFIGURATION_BYTES = 1 << 20


def verify(bundle: Path) -> Release:
    """The release in a folder, once nothing in it contradicts anything else.

    Raises:
        InputRejected: the first thing wrong, with the file to blame.
    """
    if not bundle.is_dir():
        raise rejected(bundle, "not a release folder")
    try:
        listed = parse_checksums(bundle / CHECKSUMS)
        present = set(inventory(bundle)) - {CHECKSUMS}
        refuse_difference(bundle, present, set(listed))
        described = {name: describe_single(bundle, name) for name in sorted(listed)}
        for name, file in described.items():
            if file.sha256 != listed[name]:
                raise rejected(bundle / name, f"changed: sha256 {file.sha256}, {CHECKSUMS} says {listed[name]}")
        return consistent(bundle, described)
    except OSError as problem:
        raise rejected(bundle, f"cannot be read: {problem.strerror}") from problem


def parse_checksums(path: Path) -> dict[str, str]:
    """Digest by file name; only lines as sha256sum writes them for plain names."""
    content = read(path, MOST_CHECKSUMS_BYTES).decode(errors="surrogateescape")
    if not content.endswith("\n"):
        raise rejected(path, "does not end with a line end")
    listed: dict[str, str] = {}
    for number, line in enumerate(content[:-1].split("\n"), start=1):
        match = LINE.fullmatch(line)
        if match is None or not is_plain(match[2]) or match[2] == CHECKSUMS:
            raise rejected(path, f"line {number} is not a digest and a plain file name: {line[:200]!r}")
        if match[2] in listed:
            raise rejected(path, f"line {number} names {match[2]!r} again")
        listed[match[2]] = match[1]
    return listed


def inventory(folder: Path) -> list[str]:
    """Every file below a folder, and every empty folder with a slash behind it.

    Raises:
        InputRejected: a link, FIFO, device or socket.
    """
    names, pending = [], [folder]
    while pending:
        here = pending.pop()
        children = list(here.iterdir())
        if not children and here != folder:
            names.append(here.relative_to(folder).as_posix() + "/")
        for child in children:
            if stat.S_ISDIR(child.lstat().st_mode):
                pending.append(child)
                continue
            refuse_unusual(child, child.lstat())
            names.append(child.relative_to(folder).as_posix())
    return names


def refuse_unusual(path: Path, status: os.stat_result) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise rejected(path, "a symbolic link")
    if not stat.S_ISREG(status.st_mode):
        raise rejected(path, "not a regular file")
    if status.st_nlink != 1:
        raise rejected(path, "a hard link: it could be changed under another name")


def refuse_difference(bundle: Path, present: set[str], listed: set[str]) -> None:
    for name in sorted(present - listed):
        raise rejected(bundle / name, f"not listed in {CHECKSUMS}")
    for name in sorted(({RECORD, CONFIGURATION} | listed) - present):
        raise rejected(bundle / name, "missing")


def describe_single(bundle: Path, name: str) -> File:
    """Digest and size of what is read, whatever stood there a moment ago."""
    with opened(bundle / name) as stream:
        status = os.fstat(stream.fileno())
        refuse_unusual(bundle / name, status)
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return File(path=name, sha256=digest, size_bytes=status.st_size)


def consistent(bundle: Path, described: dict[str, File]) -> Release:
    """The record, once it agrees with the files, with itself and with the edgeci.yaml of the bundle."""
    release = read_record(bundle / RECORD)
    expected = {name: file for name, file in described.items() if name != RECORD}
    if len(release.files) != len(expected) or {file.path: file for file in release.files} != expected:
        raise rejected(bundle / RECORD, f"lists other files than {CHECKSUMS}")
    for name, fault in faults(release, read(bundle / CONFIGURATION, MOST_CONFIGURATION_BYTES)):
        raise rejected(bundle / name, fault)
    return release


def read_record(path: Path) -> Release:
    content = read(path, MOST_RECORD_BYTES)
    try:
        json.loads(content, object_pairs_hook=unique)
        records = decode(content, Release, path.name)
    except OtherEdgeci as problem:
        raise rejected(path, problem.reason) from problem
    except (WorkspaceError, ValueError, RecursionError) as problem:
        raise rejected(path, f"malformed: {first_fault(problem.__cause__ or problem)}") from problem
    if len(records) != 1:
        raise rejected(path, f"holds {len(records)} releases instead of one")
    return records[0]


def first_fault(problem: BaseException) -> str:
    if isinstance(problem, ValidationError):
        error = problem.errors(include_input=False)[0]
        return f"{'.'.join(map(str, error['loc']))}: {error['msg']}"
    return str(problem).split("\n", maxsplit=1)[0]


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are given once, so that two readers cannot read two things."""
    entries = dict(pairs)
    if len(entries) != len(pairs):
        raise ValueError("a key is given twice")
    return entries
