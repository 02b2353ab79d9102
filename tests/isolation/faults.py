"""Tasks for a worker that goes wrong."""

import ctypes
import os
import signal
import time
from pathlib import Path


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


def answer_nonsense(folder):
    """Writes the answer itself and rings before the worker does."""
    Path(folder, "answer.json").write_text("{half")
    os.write(3, b"\n")


def fork_and_hang(note):
    """A child that would outlive its parent."""
    import subprocess

    Path(note).write_text(str(subprocess.Popen(["sleep", "3600"]).pid))
    time.sleep(3600)
