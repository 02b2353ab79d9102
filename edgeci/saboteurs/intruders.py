"""Lies told by files and processes: models that are none, workers that fail while looking busy, folders that run."""

import contextlib
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from edgeci.config import Limits
from edgeci.errors import EdgeciError
from edgeci.formats.intake import copy_in
from edgeci.formats.location import check_location
from edgeci.formats.sniffing import sniff
from edgeci.isolation.process import Worker, ask_once
from edgeci.repository import repository_of
from edgeci.saboteurs.saboteur import Saboteur
from edgeci.work.making import versions

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
    for name, question in WORKERS.items():
        yield Saboteur("workers", name, asked(question))
    yield Saboteur("workers", "a recipe that looks for a secret of the job", looked_for_a_secret)
    yield Saboteur("folders", "modules named like ours where edgeci stands", shadowed)
    yield Saboteur("folders", "a folder made into a repository that starts programs", made_into_a_repository)


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


def asked(question: Callable[[], object]) -> Callable[[Path], str | None]:
    return lambda folder: refusal(question)


def looked_for_a_secret(folder: Path) -> str | None:
    """As a job has one; its name says that it is one."""
    os.environ[LOOKED_FOR] = "canary"
    try:
        seen = ask_once(Worker(LIMITS), environment)
    finally:
        del os.environ[LOOKED_FOR]
    return None if "canary" in seen.values() else "a worker gets variables that are named, and no secret is"


def shadowed(folder: Path) -> str | None:
    canary = folder / "canary"
    for name in ("edgeci", "json", "numpy", "sitecustomize"):
        (folder / f"{name}.py").write_text(f"open({str(canary)!r}, 'w').close()\n")
    with contextlib.chdir(folder):
        ask_once(Worker(LIMITS), versions, ["numpy"])
    return None if canary.exists() else "a worker imports nothing from where edgeci stands"


def made_into_a_repository(folder: Path) -> str | None:
    """HEAD, config, objects and refs are plain files that a pull request can bring; git alone would take them."""
    trap = folder / "models"
    for name in ("objects", "refs"):
        (trap / name).mkdir(parents=True)
    (trap / "HEAD").write_text("ref: refs/heads/main\n")
    (trap / "config").write_text('[core]\n\tbare = true\n\tfsmonitor = "touch canary"\n')
    repository = repository_of(trap)
    return "only what has a .git is a repository" if repository is None or repository.root != trap else None


FILES = {
    "an empty model": b"",
    "a pickle": pickle.dumps({"weights": [1.0]}, protocol=4),
    "a checkpoint archive": b"PK\x03\x04" + bytes(60),
    "a text": b"version 1 of our model\n",
    "a pointer of Git LFS": b"version https://git-lfs.github.com/spec/v1\n",
}
LOOKED_FOR = "EDGECI_SELF_TEST_TOKEN"


def leave() -> None:
    """As if all were well; runs in a worker, as those below do."""
    os._exit(0)


def crash() -> None:
    os.abort()


def pause() -> None:
    signal.pause()


def give_a_lock() -> object:
    return threading.Lock()


def ask_nobody() -> None:
    with Worker(LIMITS) as worker:
        worker.exchange({"function": f"{__name__}:no_such_function", "wants_held": False, "arguments": {}})


def exhaust() -> int:
    """Asks for 64 GB; runs in a worker."""
    return len(bytearray(2**36))


def environment() -> dict[str, str]:
    """What a worker was told; runs in one."""
    return dict(os.environ)


def answer_without_end() -> None:
    """Has the answer read from a device; runs in a worker, which stands where it answers."""
    Path("answer.json").symlink_to("/dev/zero")


WORKERS: dict[str, Callable[[], object]] = {
    "a recipe that fails with exit 0": lambda: ask_once(Worker(LIMITS), leave),
    "a recipe that crashes": lambda: ask_once(Worker(LIMITS), crash),
    "a recipe that is not there": ask_nobody,
    "an answer that is no JSON": lambda: ask_once(Worker(LIMITS), give_a_lock),
    "memory without end": lambda: ask_once(Worker(LIMITS), exhaust),
    "an answer without end": lambda: ask_once(Worker(LIMITS), answer_without_end),
    "a recipe that hangs": lambda: ask_once(Worker(HURRIED), pause),
}
