"""The only process that imports a framework or parses an untrusted file.

Started as `python -m edgeci.isolation.worker FOLDER`. The parent writes FOLDER/request.json and rings (one line on
stdin); the worker writes FOLDER/answer.json and rings back (one line on the file descriptor that was stdout). What
frameworks print goes to stderr. One process answers any number of requests, so a session can stay loaded between two
timed blocks; a fresh process is a new worker.
"""

import ctypes
import importlib
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edgeci.errors import EdgeciError

Task = Callable[..., Any]


def main(folder: Path) -> None:
    """Answer requests until stdin closes."""
    die_with_parent()
    bell = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for _ in sys.stdin:
        request = json.loads((folder / "request.json").read_bytes())
        answer = respond(request)
        (folder / "answer.json").write_bytes(json.dumps(answer).encode())
        bell.write("\n")
        bell.flush()


def die_with_parent() -> None:
    """A parent that is killed cannot stop its workers, so the kernel does (prctl(2), PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)


def respond(request: dict[str, Any]) -> dict[str, Any]:
    """The task's answer, or what went wrong in a form the parent can raise again."""
    try:
        limit(request["limits"])
        module, _, name = request["task"].partition(":")
        task: Task = getattr(importlib.import_module(module), name)
        return {"value": task(**request["arguments"])}
    except EdgeciError as problem:
        return {"error": type(problem).__name__, "message": str(problem)}
    except MemoryError:
        return {"error": "BackendFailed", "message": f"out of memory (limit {request['limits']['memory_mb']} MB)"}
    except Exception as problem:  # noqa: BLE001 - a framework may raise anything; the parent gets all of it
        traceback.print_exc(file=sys.stderr)
        text = " ".join(str(problem).split())
        return {"error": "BackendFailed", "message": f"{type(problem).__name__}: {text[:500]}"}


def limit(limits: dict[str, Any]) -> None:
    """Cap private memory and forbid core dumps; where the system cannot, the parent's timeout is what is left."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        wanted = int(limits["memory_mb"]) * 2**20
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        ceiling = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (ceiling, hard))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
