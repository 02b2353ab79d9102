"""Tasks for a worker that goes wrong."""

import ctypes
import errno
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from edgeci.errors import EdgeciError, InputRejected
from edgeci.types import Recipe
from edgeci.work.held import Held


def echo(value):
    return value


def process():
    return os.getpid()


def refuse():
    raise ValueError("no")


def crash():
    ctypes.string_at(0)


def hang():
    time.sleep(3600)


def exhaust():
    return len(bytearray(2**36))


def be_killed():
    os.kill(os.getpid(), signal.SIGKILL)


def leave():
    os._exit(3)


def shout():
    os.system("echo noise on standard output")
    return "said"


def unserializable():
    return object()


def ring(line=b"\n"):
    """What the worker does when its answer is written; its bell is the first file that it opened."""
    os.write(3, line)


def let_go():
    """Close every pipe to the parent and live on."""
    for descriptor in (0, 1, 3):
        os.close(descriptor)
    time.sleep(3600)


def ring_without_an_end():
    ring(b"x")
    time.sleep(3600)


def answer_with(content):
    Path("answer.json").write_text(content)
    ring()
    time.sleep(3600)


def answer_from_a_device():
    """The worker's own answer goes through the link and is lost."""
    Path("answer.json").symlink_to("/dev/zero")


def answer_from_a_pipe():
    os.mkfifo("answer.json")
    ring()
    time.sleep(3600)


def answer_without_end():
    with Path("answer.json").open("wb") as stream:
        stream.truncate(2**40)
    ring()
    time.sleep(3600)


def disk_full():
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "candidate.onnx")


def disk_full_says_numpy():
    raise OSError("1048576 requested and 4096 written")


def disk_full_says_a_framework():
    raise RuntimeError("I/O error: No space left on device (os error 28)")


def no_room_for_the_answer():
    Path("answer.json").symlink_to("/dev/full")


def imports_from():
    return sys.path


def environment():
    return dict(os.environ)


def leave_something_in_tmpdir():
    handle, name = tempfile.mkstemp()
    os.close(handle)
    return name


def fork_and_hang(note):
    """A child that would outlive its parent."""
    import subprocess

    Path(note).write_text(str(subprocess.Popen(["sleep", "3600"]).pid))
    time.sleep(3600)


def relabelled(recipe: Recipe, folder: Path) -> Recipe:
    """Neither would work on what JSON makes of them."""
    return recipe.model_copy(update={"label": folder.name})


def echo_numbers(values: list[float]) -> list[float]:
    return values


def lie_about_a_number() -> int:
    return "many"


def hold_one_more(held: Held) -> int:
    held.requests = [*held.requests, None]
    return len(held.requests)


class OwnError(InputRejected):
    pass


class Orphan(EdgeciError):
    pass


def raise_an_error_of_its_own():
    raise OwnError("own words")


def raise_an_orphan():
    raise Orphan("nobody's child")
