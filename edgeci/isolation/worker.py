"""The only process that imports a framework or parses an untrusted file.

Started by bootstrap.py. The parent writes FOLDER/request.json and rings (one line on
stdin); the worker writes FOLDER/answer.json and rings back (one line on the file descriptor that was stdout). What
frameworks print goes to stderr. One process answers any number of requests, so a session can stay loaded between two
timed blocks; a fresh process is a new worker.
"""

import contextlib
import ctypes
import importlib
import json
import os
import resource
import signal
import sys
import traceback
from functools import cached_property, reduce
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from pydantic import JsonValue

from edgeci import accidents, deadline
from edgeci.errors import EdgeciError, known_ancestor
from edgeci.isolation import requests

if TYPE_CHECKING:
    from edgeci.work.held import Held

DONE, DISK_FULL = "\n", "the disk is full\n"
"""Lines to ring with; an answer that found no room cannot say so itself."""


class Limited(TypedDict):
    """Of `edgeci.config.Limits`, what is kept to here."""

    memory_mb: int
    timeout_seconds: float


class Asked(TypedDict):
    """A request."""

    function: str
    arguments: dict[str, JsonValue]
    wants_held: bool
    limits: Limited


def main(folder: Path) -> None:
    """Answer requests until stdin closes."""
    die_with_parent()
    bell = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    seat = Seat()
    for _ in sys.stdin:
        answer = seat.respond(json.loads((folder / "request.json").read_bytes()))
        bell.write(written(folder / "answer.json", json.dumps(answer).encode()))
        bell.flush()


def written(path: Path, answer: bytes) -> str:
    """Write the answer; the line to ring with."""
    try:
        path.write_bytes(answer)
    except OSError as problem:
        if not accidents.is_full(problem):
            raise
        return DISK_FULL
    return DONE


def die_with_parent() -> None:
    """A parent that is killed cannot stop its workers, so the kernel does (prctl(2), PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)


class Seat:
    """Where requests are answered one after the other, and what is held between them."""

    @cached_property
    def held(self) -> "Held":
        from edgeci.work.held import Held

        return Held()

    def respond(self, asked: Asked) -> dict[str, JsonValue]:
        """The function's answer, or what went wrong in a form the parent can raise again."""
        try:
            limit(asked["limits"])
            deadline.answer_within(asked["limits"]["timeout_seconds"])
            return {"value": self.call(asked)}
        except Exception as problem:  # noqa: BLE001 - a framework may raise anything; the parent gets all of it
            if not isinstance(problem, EdgeciError | MemoryError):
                with contextlib.suppress(OSError):  # a full disk has no room for it either
                    traceback.print_exc(file=sys.stderr)
            error = accidents.error_of(problem, asked["limits"]["memory_mb"])
            return {"error": known_ancestor(type(error)).__name__, "message": str(error)}

    def call(self, asked: Asked) -> JsonValue:
        module, _, name = asked["function"].partition(":")
        function: requests.Function = reduce(getattr, name.split("."), importlib.import_module(module))  # type: ignore[assignment]
        arguments = requests.unpacked(function, asked["arguments"])
        value = function(self.held, **arguments) if asked["wants_held"] else function(**arguments)
        return requests.packed_result(function, value)


def limit(limits: Limited) -> None:
    """Cap private memory and forbid core dumps; where the system cannot, the parent's timeout is what is left."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        wanted = int(limits["memory_mb"]) * 2**20
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        ceiling = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (ceiling, hard))
