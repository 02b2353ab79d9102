"""Let a model in: a file by its bytes, never by its name; a folder by its config.json; neither ever through a link.

Opening is safe (`O_NOFOLLOW`, regular file, one link, size cap). Nothing is parsed here: that happens in a worker.
"""

import os
import shutil
import stat
from collections.abc import Sequence
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from edgeci.errors import ConfigError, InputRejected
from edgeci.types import Format

FOLDERS: tuple[Format, ...] = ("huggingface", "mlx")
"""Formats whose models are folders."""
MAIN: dict[Format, str] = {
    "onnx": "model.onnx",
    "gguf": "model.gguf",
    "openvino_ir": "model.xml",
    "safetensors": "model.safetensors",
}
"""What the main file is called in a private copy: some runtimes go by its name, some write it into what they make."""
MOST_ENTRIES = 10_000
"""Of a folder; a model of a thousand shards has a thousand and ten."""


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
    if (reason := irregularity(status)) is not None:
        return reason
    if status.st_size > limit_mb * 2**20:
        return f"{status.st_size / 2**20:.0f} MB, more than limits.model_mb allows ({limit_mb})"
    return None


def irregularity(status: os.stat_result) -> str | None:
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    if status.st_nlink > 1:
        return "has a second hard link, so its content is not this repository's alone; copy the file"
    return None


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
    if (reason := irregularity(entry.stat(follow_symlinks=False))) is not None:
        raise InputRejected(f"{folder / entry.name}: {reason}")
    return True


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


def places(model: Path, external: Sequence[str], kind: Format) -> dict[Path, str]:
    """Each file of a model, and its place in a private copy.

    Raises:
        InputRejected: as check_location.
    """
    if kind in FOLDERS:
        return {check_location(name, model / "config.json"): name for name in external}
    beside = {check_location(name, model): name for name in external}
    if kind == "openvino_ir":  # OpenVINO looks for the weights under the name of the graph
        beside = dict.fromkeys(beside, "model.bin")
    return {model: MAIN[kind], **beside}


def copy_in(model: Path, external: Sequence[str], destination: Path, limit_mb: int, kind: Format = "onnx") -> None:
    """Copy a model with all that belongs to it into a private folder, where nobody can swap it.

    Raises:
        ConfigError, InputRejected: as open_regular and check_location.
    """
    home = model if kind in FOLDERS else model.parent
    for source, name in places(model, external, kind).items():
        if home.resolve() not in source.resolve().parents:
            raise InputRejected(f"{source}: lies outside the model's folder through a linked folder")
        copy = destination / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        with open_regular(source, limit_mb) as stream, copy.open("wb") as target:
            shutil.copyfileobj(stream, target, 2**20)
