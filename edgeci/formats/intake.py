"""Let a model file in: by its bytes, never by its name, and never through a link.

Opening is safe (`O_NOFOLLOW`, regular file, one link, size cap). Nothing is parsed here: that happens in a worker.
"""

import os
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from edgeci.errors import ConfigError, InputRejected
from edgeci.types import Format


def open_regular(path: Path, limit_mb: int) -> BinaryIO:
    """Open a plain file for reading.

    Raises:
        ConfigError: not there, a folder, or not readable.
        InputRejected: a link, a device, a file with a second hard link, or larger than the limit.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise ConfigError(f"{path}: not there; set `model` in edgeci.yaml to the model's path") from None
    except OSError as problem:
        if path.is_symlink():
            raise InputRejected(f"{path}: a symbolic link; give the file itself") from problem
        raise ConfigError(f"{path}: cannot be opened: {problem.strerror}") from problem
    status = os.fstat(descriptor)
    reason = refusal(status, limit_mb)
    if reason is not None:
        os.close(descriptor)
        raise InputRejected(f"{path}: {reason}")
    return os.fdopen(descriptor, "rb")


def refusal(status: os.stat_result, limit_mb: int) -> str | None:
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    if status.st_nlink > 1:
        return "has a second hard link, so its content is not this repository's alone; copy the file"
    if status.st_size > limit_mb * 2**20:
        return f"{status.st_size / 2**20:.0f} MB, more than limits.model_mb allows ({limit_mb})"
    return None


def sniff(path: Path, limit_mb: int) -> Format:
    """The format by the first bytes; a folder with a config.json is a language model's.

    Raises:
        InputRejected: empty, a pickle, an archive, text, or nothing edgeci reads.
        ConfigError, InputRejected: as open_regular.
    """
    if path.is_dir() and not path.is_symlink() and (path / "config.json").exists():
        return "huggingface"
    with open_regular(path, limit_mb) as stream:
        head = stream.read(512)
    if not head:
        raise InputRejected(f"{path}: empty file")
    if head[:4] == b"GGUF":
        return "gguf"
    if head[:1] == b"\x80" and head[1:2] <= b"\x05":
        raise InputRejected(f"{path}: a Python pickle, which runs code when it is read; export the model to ONNX")
    if head[:2] == b"PK":
        raise InputRejected(f"{path}: a zip archive (a PyTorch checkpoint?); export the model to ONNX")
    if b"<net" in head:
        return "openvino_ir"
    if head[8:9] == b"{":
        return "safetensors"
    if is_text(head):
        raise InputRejected(f"{path}: text, not a model (a Git LFS pointer that was not fetched?)")
    return "onnx"


def is_text(head: bytes) -> bool:
    """Whether bytes are printable: protobuf and binary formats have control characters at once."""
    return all(byte in b"\t\n\r" or 32 <= byte < 127 or byte >= 128 for byte in head)


def check_location(location: str, model: Path) -> Path:
    """The path of an external data file, if it stays in the model's folder.

    Raises:
        InputRejected: absolute, with `..`, or one of ONNX Runtime's memory addresses.
    """
    parts = PurePosixPath(location)
    if parts.is_absolute() or ".." in parts.parts or "\\" in location or "_ORT_MEM_ADDR_" in location or not location:
        raise InputRejected(f"{model}: external data {location!r} lies outside the model's folder")
    return model.parent / Path(parts)


def copy_in(model: Path, external: Sequence[str], destination: Path, limit_mb: int) -> None:
    """Copy a model and its external data, or a folder's model files, to where nobody can swap them.

    Raises:
        ConfigError, InputRejected: as open_regular and check_location.
    """
    if model.is_dir():
        home, copies = model, [(check_location(name, model / "config.json"), destination / name) for name in external]
    else:
        home, copies = model.parent, [(model, destination / f"model{model.suffix}")]
        copies += [(check_location(location, model), destination / location) for location in external]
    for source, copy in copies:
        if home.resolve() not in source.resolve().parents:
            raise InputRejected(f"{source}: lies outside the model's folder through a linked folder")
        copy.parent.mkdir(parents=True, exist_ok=True)
        with open_regular(source, limit_mb) as stream, copy.open("wb") as target:
            shutil.copyfileobj(stream, target, 2**20)
