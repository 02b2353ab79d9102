"""Tell a property of a model or backend from an accident of this run: only the former is worth remembering."""

import errno
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from edgeci.errors import BackendFailed, EdgeciError, Interruption, WorkspaceError
from edgeci.framework_words import explained

FULL = re.compile(r"no space left on device|disk quota exceeded|\d+ requested and \d+ written", re.IGNORECASE)
"""As the system and its translators say it; the last is NumPy, when an array was written in part."""
NO_MEMORY = re.compile(r"bad[_ ]alloc|(cannot|can't|could not|failed to) allocate memory", re.IGNORECASE)
FREE_SOME = "the disk is full; free some space and run the same command again"
STOPPED = frozenset(
    {
        signal.SIGKILL,
        signal.SIGTERM,
        signal.SIGINT,
        signal.SIGHUP,
        signal.SIGQUIT,
        signal.SIGXCPU,
        signal.SIGXFSZ,
    }
)
"""Signals that come from outside; a crash's own come from the code that was run."""
NAMES = {number.value: number.name for number in signal.Signals}
LONGEST_TEXT = 500
DOING = "edgeci: "
"""Before a note of ours; frameworks write notes, too."""
UNTOLD = "a worker failed at its task"


def error_of(problem: Exception, memory_mb: int) -> EdgeciError:
    """What went wrong in a worker, as the error that its parent raises."""
    text = " ".join(str(problem).split())[:LONGEST_TEXT]
    is_judged = isinstance(problem, EdgeciError) and not isinstance(problem, BackendFailed)
    causes = [] if is_judged else list(chain(problem))
    if any(is_full(cause) for cause in causes):
        return WorkspaceError(f"{text}: {FREE_SOME}")
    if any(is_out_of_memory(cause) for cause in causes):
        return Interruption(f"out of memory (limit {memory_mb} MB)")
    if isinstance(problem, EdgeciError):
        return problem
    return BackendFailed(explained(task_of(problem), type(problem).__name__, str(problem)))


def task_of(problem: Exception) -> str:
    """What was being done, as whoever was nearest said it."""
    notes: list[str] = getattr(problem, "__notes__", [])
    return next((note.removeprefix(DOING) for note in notes if note.startswith(DOING)), UNTOLD)


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Say of whatever a framework raises what it was asked for: its own words were meant for somebody else."""
    try:
        yield
    except Exception as problem:
        problem.add_note(f"{DOING}{what}")
        raise


def is_accident(problem: BaseException) -> bool:
    """Whether it came of a full disk or of too little memory, so that doing something else instead proves nothing."""
    return any(is_full(cause) or is_out_of_memory(cause) for cause in chain(problem))


def chain(problem: BaseException) -> Iterator[BaseException]:
    """The error, and what it was raised from or during."""
    met: set[int] = set()
    current: BaseException | None = problem
    while current is not None and id(current) not in met:
        met.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def is_full(problem: BaseException) -> bool:
    if isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return FULL.search(str(problem)) is not None


def is_out_of_memory(problem: BaseException) -> bool:
    if isinstance(problem, MemoryError) or (isinstance(problem, OSError) and problem.errno == errno.ENOMEM):
        return True
    return NO_MEMORY.search(str(problem)) is not None


def ending(code: int, last_words: str) -> EdgeciError:
    """How a worker that gave no answer ended, by its exit status and the last lines it printed."""
    if FULL.search(last_words):
        return WorkspaceError(f"a worker ended without an answer{last_words}: {FREE_SOME}")
    if code >= 0:
        return BackendFailed(f"ended with exit code {code} and no answer{last_words}")
    name = NAMES.get(-code, f"signal {-code}")
    if code == -signal.SIGKILL:
        return Interruption(f"killed ({name}), most likely for memory{last_words}")
    if -code in STOPPED:
        return Interruption(f"killed ({name}){last_words}")
    return BackendFailed(f"crashed ({name}){last_words}")
