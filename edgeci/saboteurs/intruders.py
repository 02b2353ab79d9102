"""Lies told by files and processes: models that are none, and workers that fail while looking busy."""

import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from edgeci.config import Limits
from edgeci.errors import EdgeciError
from edgeci.formats.intake import check_location, copy_in, sniff
from edgeci.isolation.process import ask_once
from edgeci.saboteurs.saboteur import Saboteur

LIMITS = Limits(timeout_seconds=60, memory_mb=2048)
HURRIED = Limits(timeout_seconds=3, memory_mb=2048)


def saboteurs() -> Iterator[Saboteur]:
    """Every intruder."""
    for name, content in FILES.items():
        yield Saboteur("files", name, sniffed(content))
    for location in ("../secret", "/etc/hostname", "*/_ORT_MEM_ADDR_/*"):
        yield Saboteur("files", f"external data at {location}", located(location))
    yield Saboteur("files", "a link to a model", linked)
    yield Saboteur("files", "a model with a second name", twice_named)
    yield Saboteur("files", "a model larger than allowed", oversized)
    for name, (task, arguments) in WORKERS.items():
        yield Saboteur("workers", name, asked(task, arguments, LIMITS))
    yield Saboteur("workers", "a recipe that hangs", asked("signal:pause", {}, HURRIED))


def refusal(attempt: Callable[[], object]) -> str | None:
    try:
        attempt()
    except EdgeciError as problem:
        return str(problem)
    return None


def sniffed(content: bytes) -> Callable[[Path], str | None]:
    def attempt(folder: Path) -> str | None:
        path = folder / "model.onnx"
        path.write_bytes(content)
        return refusal(lambda: sniff(path, 100))

    return attempt


def located(location: str) -> Callable[[Path], str | None]:
    return lambda folder: refusal(lambda: check_location(location, folder / "model.onnx"))


def linked(folder: Path) -> str | None:
    (folder / "real.onnx").write_bytes(b"\x08\x08")
    (folder / "model.onnx").symlink_to("real.onnx")
    return refusal(lambda: copy_in(folder / "model.onnx", (), folder / "in", 100))


def twice_named(folder: Path) -> str | None:
    (folder / "real.onnx").write_bytes(b"\x08\x08")
    os.link(folder / "real.onnx", folder / "model.onnx")
    return refusal(lambda: copy_in(folder / "model.onnx", (), folder / "in", 100))


def oversized(folder: Path) -> str | None:
    with (folder / "model.onnx").open("wb") as stream:
        stream.truncate(2 * 2**20)
    return refusal(lambda: sniff(folder / "model.onnx", 1))


def asked(task: str, arguments: dict[str, Any], limits: Limits) -> Callable[[Path], str | None]:
    return lambda folder: refusal(lambda: ask_once(task, limits, **arguments))


FILES = {
    "an empty model": b"",
    "a pickle": pickle.dumps({"weights": [1.0]}, protocol=4),
    "a checkpoint archive": b"PK\x03\x04" + bytes(60),
    "a text": b"version 1 of our model\n",
    "a pointer of Git LFS": b"version https://git-lfs.github.com/spec/v1\n",
}
WORKERS: dict[str, tuple[str, dict[str, Any]]] = {
    "a recipe that fails with exit 0": ("os:_exit", {"status": 0}),
    "a recipe that crashes": ("os:abort", {}),
    "a recipe that is not there": ("edgeci.isolation.tasks:no_such_task", {}),
    "an answer that is no JSON": ("threading:Lock", {}),
    "memory without end": ("edgeci.saboteurs.intruders:exhaust", {}),
}


def exhaust() -> int:
    """Asks for 64 GB; runs in a worker."""
    return len(bytearray(2**36))
