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
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar

from pydantic import JsonValue, ValidationError

from edgeci.accidents import FREE_SOME, LONGEST_TEXT, ending
from edgeci.config import Limits
from edgeci.errors import BackendFailed, BackendMissing, EdgeciError, Interruption, WorkspaceError
from edgeci.isolation import bootstrap, worker
from edgeci.isolation.answers import LARGEST_BYTES, read_answer
from edgeci.isolation.own_code import own_search_path
from edgeci.isolation.requests import packed, result_of
from edgeci.isolation.signals import undisturbed
from edgeci.isolation.surroundings import for_worker
from edgeci.isolation.worker_folder import FOLDER_PREFIX, make_folder, make_temporary
from edgeci.records import explained
from edgeci.work.held import Held

__all__ = ["FOLDER_PREFIX", "Worker", "ask_once"]

P = ParamSpec("P")
R = TypeVar("R")
TAIL_LINES = 3
TAIL_BYTES = 8192
LONGEST_RING = 64
PARTING_SECONDS = 10.0
"""From closing its pipes to the end of a process, even one that frees a large memory."""
BOOTSTRAP = Path(bootstrap.__file__).resolve()


class Worker:
    """One worker process; use as a context manager.

    `interpreter` chooses the environment, `search_path` what it may import besides edgeci and what PYTHONPATH names,
    `answer_bytes` how much it may answer at once.
    """

    def __init__(
        self,
        limits: Limits,
        interpreter: str = sys.executable,
        search_path: Sequence[str] = (),
        answer_bytes: int = LARGEST_BYTES,
    ) -> None:
        self.limits = limits
        self.interpreter = interpreter
        self.search_path = search_path
        self.answer_bytes = answer_bytes

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

    def ask(self, function: Callable[P, R], *arguments: P.args, **keywords: P.kwargs) -> R:
        """Call a function of a module in the worker; arguments and result are what its hints say, and cross as JSON.

        Raises:
            EdgeciError: what the function raised, as the same class or its nearest ancestor that edgeci knows.
            BackendFailed: it raised anything else, crashed, or answered nonsense or more than `answer_bytes`.
            Interruption: it was killed, hung, or had not enough memory.
            WorkspaceError: the disk is full.
        """
        return self.checked(function, self.exchange(packed(function, arguments, keywords, wants_held=False)))

    def ask_held(self, function: Callable[Concatenate[Held, P], R], *arguments: P.args, **keywords: P.kwargs) -> R:
        """As `ask`, of a function whose first argument is what the worker holds.

        Raises:
            EdgeciError: as `ask`.
        """
        return self.checked(function, self.exchange(packed(function, arguments, keywords, wants_held=True)))

    def checked(self, function: Callable[..., R], value: object) -> R:
        try:
            return result_of(function, value)
        except ValidationError as problem:
            what = problem.errors(include_input=False)[0]["msg"][:LONGEST_TEXT]
            raise BackendFailed(f"unreadable answer ({what}){self.tail()}") from problem

    def exchange(self, request: dict[str, JsonValue]) -> object:
        """Put a request to the worker and wait for its answer."""
        patience = self.limits.timeout_seconds
        whole = {**request, "limits": self.limits.model_dump()}
        with explained(self.folder):  # not fsynced: the folder does not outlive the worker, and blocks are short
            (self.folder / "request.json").write_bytes(json.dumps(whole).encode())
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            self.process.stdin.write(b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self.obituary() from None
        if not self.rings_within(patience):
            self.stop()
            raise Interruption(f"no answer within {patience:g} s, stopped (limits.timeout_seconds){self.tail()}")
        # One read of what is there: a line without an end is not waited for.
        match os.read(self.process.stdout.fileno(), LONGEST_RING).decode(errors="replace"):
            case "":
                raise self.obituary()
            case worker.DISK_FULL:
                raise WorkspaceError(f"{self.folder}: {FREE_SOME}")
        return read_answer(self.folder / "answer.json", self.answer_bytes, self.tail())

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
        last = " | ".join(lines[-TAIL_LINES:])
        return f"; last lines: {last[-LONGEST_TEXT:]}" if lines else ""


def ask_once(worker: Worker, function: Callable[P, R], *arguments: P.args, **keywords: P.kwargs) -> R:
    """One request to one fresh worker.

    Raises:
        EdgeciError: as Worker.ask.
    """
    with worker:
        return worker.ask(function, *arguments, **keywords)
