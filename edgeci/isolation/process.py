"""The parent's end of a worker: start it, ask it, and turn every way it can die into one sentence.

A worker that crashes or answers nonsense is `BackendFailed`, one that hangs or is killed for memory an `Interruption`,
each with the last lines it printed; it never hangs or harms the parent.
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
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from edgeci.accidents import FREE_SOME, ending
from edgeci.config import Limits
from edgeci.errors import BackendFailed, BackendMissing, EdgeciError, Interruption, WorkspaceError
from edgeci.isolation import bootstrap, worker
from edgeci.isolation.answers import LARGEST_BYTES, read_answer
from edgeci.isolation.own_code import own_search_path
from edgeci.isolation.signals import undisturbed
from edgeci.isolation.surroundings import for_worker
from edgeci.isolation.worker_folder import FOLDER_PREFIX, make_folder, make_temporary
from edgeci.records import explained

__all__ = ["FOLDER_PREFIX", "KeptWorkers", "Worker", "ask_once"]

TAIL_LINES = 3
TAIL_BYTES = 8192
LONGEST_RING = 64
PARTING_SECONDS = 10.0
"""From closing its pipes to the end of a process, even one that frees a large memory."""
BOOTSTRAP = Path(bootstrap.__file__).resolve()


class Worker:
    """One worker process; use as a context manager.

    `interpreter` chooses the environment, `search_path` what it may import besides edgeci and what PYTHONPATH names.
    """

    def __init__(self, limits: Limits, interpreter: str = sys.executable, search_path: Sequence[str] = ()) -> None:
        self.limits = limits
        self.interpreter = interpreter
        self.search_path = search_path

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            with undisturbed():  # what waited until here is raised inside of the stack, which then ends the worker
                self.start(stack)
            self.stack = stack.pop_all()
        return self

    def start(self, stack: ExitStack) -> None:
        with explained(Path(tempfile.gettempdir())):
            self.folder = make_folder()
            stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
            temporary = make_temporary(self.folder)
            stack.callback(shutil.rmtree, temporary, ignore_errors=True)
            self.stderr = stack.enter_context((self.folder / "stderr").open("w+b"))
            search = [*self.search_path, *own_search_path(self.interpreter, self.folder)]
        self.process = stack.enter_context(self.started(search, temporary))
        stack.callback(self.stop)

    def started(self, search: Sequence[str], temporary: Path) -> "subprocess.Popen[bytes]":
        """The process.

        Raises:
            BackendMissing: no such interpreter.
            Interruption: the system has no room for one more process.
        """
        start = [self.interpreter, "-I", "-B", str(BOOTSTRAP), "edgeci.isolation.worker", str(self.folder), *search]
        try:
            return subprocess.Popen(
                start,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.stderr,
                # Frameworks drop intermediate files where they stand; here they go when the worker goes.
                cwd=self.folder,
                env=for_worker(self.limits.environment, temporary),
                start_new_session=True,
                bufsize=0,
            )
        except (BlockingIOError, MemoryError) as problem:
            raise Interruption(f"no worker can be started ({problem})") from problem
        except (FileNotFoundError, PermissionError) as problem:
            raise BackendMissing(f"{self.interpreter}: cannot be started ({problem.strerror})") from problem

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with undisturbed():
            self.stack.close()

    def stop(self) -> None:
        """Kill the worker and everything it started."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            self.process.poll()
        self.process.wait()

    def ask(
        self, task: str, timeout_seconds: float | None = None, answer_bytes: int = LARGEST_BYTES, **arguments: Any
    ) -> Any:
        """Run `module:function` with JSON arguments in the worker and return its JSON value.

        Raises:
            EdgeciError: what the task raised, as the same class.
            BackendFailed: it raised anything else, crashed, or answered nonsense or more than `answer_bytes`.
            Interruption: it was killed, hung, or had not enough memory.
            WorkspaceError: the disk is full.
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
            raise self.obituary() from None
        if not self.rings_within(patience):
            self.stop()
            raise Interruption(f"no answer within {patience:g} s, stopped{self.tail()}")
        # One read of what is there: a line without an end is not waited for.
        match os.read(self.process.stdout.fileno(), LONGEST_RING).decode(errors="replace"):
            case "":
                raise self.obituary()
            case worker.DISK_FULL:
                raise WorkspaceError(f"{self.folder}: {FREE_SOME}")
        return read_answer(self.folder / "answer.json", answer_bytes, self.tail())

    def rings_within(self, seconds: float) -> bool:
        assert self.process.stdout is not None
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self.process.stdout], [], [], left)[0]:
                return True
        return False

    def obituary(self) -> EdgeciError:
        """How the worker ended; one that only stopped listening ends here."""
        try:
            return ending(self.process.wait(PARTING_SECONDS), self.tail())
        except subprocess.TimeoutExpired:
            self.stop()
            return BackendFailed(f"let go of its parent and gave no answer, stopped{self.tail()}")

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


def ask_once(task: str, limits: Limits, interpreter: str = sys.executable, **arguments: Any) -> Any:
    """One request to one fresh worker.

    Raises:
        EdgeciError: as Worker.ask.
    """
    with Worker(limits, interpreter) as worker:
        return worker.ask(task, **arguments)
