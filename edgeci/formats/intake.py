"""Let a model in: a file by its bytes, never by its name; a folder by its config.json; neither ever through a link.

Opening is safe (`O_NOFOLLOW`, regular file, one link, size cap). Nothing is parsed here: that happens in a worker.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from io import BufferedReader
from itertools import islice
from pathlib import Path, PurePosixPath

from edgeci.errors import ConfigError, InputRejected
from edgeci.formats.location import check_location
from edgeci.regular_files import irregularity, opened
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
SET_MODEL = "set `model` in edgeci.yaml to the model's path"
BESIDE = "it belongs to the model and lies beside it; put it there"
SECOND_LINK = "has a second hard link, so its content is not this repository's alone; copy the file"
MOST_ENTRIES = 10_000
"""Of a folder; a model of a thousand shards has a thousand and ten."""


def open_regular(path: Path, limit_mb: int, remedy: str = SET_MODEL) -> BufferedReader:
    """Open a plain file for reading.

    Raises:
        ConfigError: not there, or not readable.
        InputRejected: a folder, a link, a device, a Git LFS pointer, a file with a second hard link, or larger than the
            limit.
    """
    if not os.path.lexists(path):
        raise ConfigError(f"{path}: not there; {remedy}")
    stream = opened(path, sys.maxsize)
    if (reason := refusal(os.fstat(stream.fileno()), limit_mb)) is not None:
        stream.close()
        raise InputRejected(f"{path}: {reason}")
    return stream


def refusal(status: os.stat_result, limit_mb: int) -> str | None:
    """What `opened` lets in, and a model may not be."""
    if status.st_size > limit_mb * 2**20:
        return f"{status.st_size / 2**20:.0f} MB, more than limits.model_mb allows ({limit_mb})"
    return SECOND_LINK if status.st_nlink > 1 else None


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
        raise InputRejected(f"{path}: text, not a model; set `model` in edgeci.yaml to the model's own file")
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
    status = entry.stat(follow_symlinks=False)
    if (reason := irregularity(status, sys.maxsize) or (SECOND_LINK if status.st_nlink > 1 else None)) is not None:
        raise InputRejected(f"{folder / entry.name}: {reason}")
    return True


def is_text(head: bytes) -> bool:
    """Whether bytes are printable: protobuf and binary formats have control characters at once."""
    return all(byte in b"\t\n\r" or 32 <= byte < 127 or byte >= 128 for byte in head)


def place(location: str, kind: Format) -> str:
    """What a file beside the model is called in a private copy: OpenVINO looks for weights under the graph's name."""
    return "model.bin" if kind == "openvino_ir" else PurePosixPath(location).as_posix()


def places(model: Path, external: Sequence[str], kind: Format) -> dict[Path, str]:
    """Each file of a model, and its place in a private copy.

    Raises:
        InputRejected: as check_location, or a file in the place that the main file gets.
    """
    if kind in FOLDERS:
        return {check_location(name, model / "config.json"): name for name in external}
    beside = {check_location(name, model): place(name, kind) for name in external}
    for path, name in beside.items():
        if path == model or PurePosixPath(name).parts[0].casefold() == MAIN[kind]:
            raise InputRejected(f"{path}: external data of {model.name} under this name; call it {model.name}.data")
    return {model: MAIN[kind], **beside}


def copy_in(model: Path, external: Sequence[str], destination: Path, limit_mb: int, kind: Format = "onnx") -> None:
    """Copy a model with all that belongs to it into a private folder, where nobody can swap it.

    Raises:
        ConfigError, InputRejected: as open_regular and places.
    """
    for source, name in places(model, external, kind).items():
        copy = destination / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        remedy = SET_MODEL if source == model else BESIDE
        with open_regular(source, limit_mb, remedy) as stream, copy.open("wb") as target:
            shutil.copyfileobj(stream, target, 2**20)
