"""The parent's end of a worker: start it, ask it, and turn every way it can die into one sentence.

A worker that crashes, hangs, is killed for memory or answers nonsense is `BackendFailed` with the last lines it
printed; it never hangs or harms the parent.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from edgeci.config import Limits
from edgeci.errors import BY_NAME, BackendFailed
from edgeci.isolation.own_code import link_into
from edgeci.records import explained

FOLDER_PREFIX = "edgeci-worker-"
TAIL_LINES = 3
TAIL_BYTES = 8192
QUIET = {
    # One thread and no spinning unless a target asks for more; no telemetry; nothing fetched from a hub.
    "OMP_WAIT_POLICY": "PASSIVE",
    "CI": "true",
    "OLIVE_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "MALLOC_ARENA_MAX": "2",
}


class Worker:
    """One worker process; use as a context manager.

    `interpreter` chooses the environment, `search_path` what it may import besides (user data functions).
    """

    def __init__(self, limits: Limits, interpreter: str = sys.executable, environment: Mapping[str, str] = {}) -> None:
        self.limits = limits
        self.interpreter = interpreter
        self.environment = environment

    def __enter__(self) -> Self:
        with explained(Path(tempfile.gettempdir())):
            sweep()
            self.folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-"))
        self.stderr = (self.folder / "stderr").open("w+b")
        # Beside edgeci lie this interpreter's other packages, and those are not to be seen by another.
        is_ours = self.interpreter == sys.executable
        package = Path(__file__).parents[2] if is_ours else link_into(self.folder / "packages")
        search = os.pathsep.join(filter(None, (str(package), os.environ.get("PYTHONPATH"))))
        self.process = subprocess.Popen(
            [self.interpreter, "-m", "edgeci.isolation.worker", str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.stderr,
            # Frameworks drop intermediate files where they stand; here they go when the worker goes.
            cwd=self.folder,
            env={**os.environ, **QUIET, "PYTHONPATH": search, **self.environment},
            start_new_session=True,
            bufsize=0,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.stderr.close()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self) -> None:
        """Kill the worker and everything it started."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            self.process.poll()
        self.process.wait()

    def ask(self, task: str, timeout_seconds: float | None = None, **arguments: Any) -> Any:
        """Run `module:function` with JSON arguments in the worker and return its JSON value.

        Raises:
            EdgeciError: what the task raised, as the same class.
            BackendFailed: it raised anything else, died, hung or answered nonsense.
        """
        patience = timeout_seconds or self.limits.timeout_seconds
        request = {"task": task, "arguments": arguments, "limits": self.limits.model_dump()}
        with explained(self.folder):  # not fsynced: the folder does not outlive the worker, and blocks are short
            (self.folder / "request.json").write_bytes(json.dumps(request).encode())
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            self.process.stdin.write(b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise BackendFailed(self.obituary()) from None
        if not self.rings_within(patience):
            self.stop()
            raise BackendFailed(f"no answer within {patience:g} s, stopped{self.tail()}")
        if not self.process.stdout.readline():
            raise BackendFailed(self.obituary())
        return self.answer()

    def rings_within(self, seconds: float) -> bool:
        assert self.process.stdout is not None
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self.process.stdout], [], [], left)[0]:
                return True
        return False

    def answer(self) -> Any:
        try:
            content = json.loads((self.folder / "answer.json").read_bytes())
        except (OSError, ValueError) as problem:
            raise BackendFailed(f"unreadable answer ({problem}){self.tail()}") from problem
        if "error" in content:
            raise BY_NAME[content["error"]](content["message"])
        return content["value"]

    def obituary(self) -> str:
        """How the worker ended, in words."""
        code = self.process.wait()
        if code == -signal.SIGKILL:
            return f"killed (SIGKILL), most likely for memory{self.tail()}"
        if code < 0:
            return f"crashed ({signal.Signals(-code).name}){self.tail()}"
        return f"ended with exit code {code} and no answer{self.tail()}"

    def tail(self) -> str:
        """The last lines of stderr, on one line."""
        size = self.stderr.seek(0, os.SEEK_END)
        self.stderr.seek(max(0, size - TAIL_BYTES))
        lines = [line.strip() for line in self.stderr.read().decode(errors="replace").splitlines() if line.strip()]
        return f"; last lines: {' | '.join(lines[-TAIL_LINES:])}" if lines else ""


class KeptWorkers:
    """Workers that answer several requests, one for each name; use as a context manager.

    For backends whose framework takes longer to import than to use. What fails takes its worker along, so the next
    request of that name meets a fresh one, as every request does elsewhere.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.stack = ExitStack()
        self.workers: dict[str, Worker] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stack.close()

    def ask(self, name: str | None, task: str, interpreter: str = sys.executable, **arguments: Any) -> Any:
        """One request to the worker of that name; without one, to a worker for this request alone.

        Raises:
            EdgeciError: as Worker.ask.
        """
        if name is None:
            return ask_once(task, self.limits, interpreter, **arguments)
        if name not in self.workers:
            self.workers[name] = self.stack.enter_context(Worker(self.limits, interpreter))
        try:
            return self.workers[name].ask(task, **arguments)
        except BaseException:
            self.workers.pop(name).stop()
            raise


def sweep() -> None:
    """Remove the folders of workers whose parent was killed: the parent's process id is in the name."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*-*"):
        owner = folder.name.removeprefix(FOLDER_PREFIX).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists() and Path("/proc/self").exists():
            shutil.rmtree(folder, ignore_errors=True)


def ask_once(task: str, limits: Limits, interpreter: str = sys.executable, **arguments: Any) -> Any:
    """One request to one fresh worker.

    Raises:
        EdgeciError: as Worker.ask.
    """
    with Worker(limits, interpreter) as worker:
        return worker.ask(task, **arguments)
