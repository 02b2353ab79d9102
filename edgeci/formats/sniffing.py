"""Tell a model's format: of a file by its bytes, never by its name; of a folder by its config.json."""

import os
import sys
from itertools import islice
from pathlib import Path

from edgeci.errors import ConfigError, InputRejected
from edgeci.formats.adapters import MERGE, adapters
from edgeci.formats.catalogue import ROWS
from edgeci.formats.intake import SECOND_LINK, open_regular
from edgeci.regular_files import irregularity
from edgeci.types import Format

MOST_ENTRIES = 10_000
"""Of a folder; a model of a thousand shards has a thousand and ten."""


def sniff(path: Path, limit_mb: int) -> Format:
    """The format by the first bytes; of a folder by what is in it. (That mlx-lm wrote it stands in its files.)

    Raises:
        InputRejected: empty, a pickle, an archive, text, or nothing edgeci reads.
        ConfigError, InputRejected: as open_regular and sniff_folder.
    """
    if path.is_dir() and not path.is_symlink():
        return sniff_folder(path)
    with open_regular(path, limit_mb) as stream:
        head = stream.read(512)
    if (reason := no_model(head)) is not None:
        raise InputRejected(f"{path}: {reason}")
    marked = next((row.name for row in ROWS if row.mark is not None and row.mark.is_in(head)), None)
    if marked is None and is_printable(head):
        raise InputRejected(f"{path}: text, not a model; set `model` in edgeci.yaml to the model's own file")
    return marked or "onnx"  # a protobuf has no mark


def no_model(head: bytes) -> str | None:
    """What a file is instead, by its first bytes."""
    if not head:
        return "empty file"
    if head[:1] == b"\x80" and head[1:2] <= b"\x05":
        return "a Python pickle, which runs code when it is read; export the model to ONNX"
    if head[:2] == b"PK":
        return "a zip archive (a PyTorch checkpoint?); export the model to ONNX"
    return None


def sniff_folder(path: Path) -> Format:
    """Only files directly in the folder belong to a model; none of those may be a link, whether it belongs or not.

    Raises:
        InputRejected: no config.json, a link or a device in it, or too many entries.
        ConfigError: not readable.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
    except OSError as problem:
        raise ConfigError(f"{path}: cannot be opened: {problem.strerror}") from problem
    try:
        with os.scandir(descriptor) as entries:
            names = [entry.name for entry in islice(entries, MOST_ENTRIES + 1) if is_plain(path, entry)]
    finally:
        os.close(descriptor)
    if len(names) > MOST_ENTRIES:
        raise InputRejected(f"{path}: more than {MOST_ENTRIES} files; give the model in a folder of its own")
    if "config.json" not in names and adapters(names):
        raise InputRejected(f"{path}: an adapter (LoRA), which is no model without its base; {MERGE}")
    if "config.json" not in names:
        raise InputRejected(
            f"{path}: a folder without config.json; give a model file, or a Hugging Face folder (config.json, "
            "*.safetensors, tokenizer.json)"
        )
    return "huggingface"


def is_plain(folder: Path, entry: "os.DirEntry[str]") -> bool:
    """A regular file; folders are passed over, anything else is refused."""
    if entry.is_symlink():
        raise InputRejected(f"{folder / entry.name}: a symbolic link; give a copy without links (cp -rL)")
    if entry.is_dir(follow_symlinks=False):
        return False
    status = entry.stat(follow_symlinks=False)
    if (reason := irregularity(status, sys.maxsize) or (SECOND_LINK if status.st_nlink > 1 else None)) is not None:
        raise InputRejected(f"{folder / entry.name}: {reason}")
    return True


def is_printable(head: bytes) -> bool:
    """Whether bytes are printable: protobuf and binary formats have control characters at once."""
    return all(byte in b"\t\n\r" or 32 <= byte < 127 or byte >= 128 for byte in head)
