"""A property of a model is remembered, an accident of a run is not, and a full disk is neither."""

import errno
import signal

import pytest

from edgeci.accidents import STOPPED, ending, error_of
from edgeci.errors import BackendFailed, ConfigError, EdgeciError, InputRejected, Interruption, WorkspaceError


def raised(problem: BaseException, during: BaseException) -> Exception:
    try:
        try:
            raise during
        except type(during):
            raise problem  # noqa: B904 - as frameworks do
    except type(problem) as caught:
        assert isinstance(caught, Exception)
        return caught


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (MemoryError(), Interruption),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), Interruption),
        (RuntimeError("std::bad_alloc"), Interruption),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to"), Interruption),
        (raised(BackendFailed("Olive failed"), MemoryError()), Interruption),
        (FULL, WorkspaceError),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), WorkspaceError),
        (RuntimeError("[Errno 28] No space left on device"), WorkspaceError),
        (OSError("4096 requested and 100 written"), WorkspaceError),
        (raised(BackendFailed("Olive failed"), FULL), WorkspaceError),
        (raised(ValueError("b"), raised(ValueError("c"), FULL)), WorkspaceError),
        (ValueError("invalid graph"), BackendFailed),
        (OSError(errno.ENOENT, "No such file"), BackendFailed),
        (BackendFailed("nothing was quantized"), BackendFailed),
        (raised(InputRejected("claims more items than memory holds"), MemoryError()), InputRejected),
        (ConfigError("a tensor called 'No space left on device'"), ConfigError),
    ],
)
def test_what_is_raised_in_a_worker_becomes_one_of_our_errors(problem: Exception, kind: type[EdgeciError]) -> None:
    assert type(error_of(problem, 100)) is kind


def test_a_chain_that_bites_its_tail_has_an_end() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__context__, second.__context__ = second, first
    assert type(error_of(first, 100)) is BackendFailed


@pytest.mark.parametrize("number", sorted(STOPPED))
def test_a_signal_from_outside_is_an_accident(number: signal.Signals) -> None:
    assert isinstance(ending(-number, ""), Interruption)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL])
def test_a_crash_is_a_property(number: signal.Signals) -> None:
    assert type(ending(-number, "")) is BackendFailed


def test_an_unnamed_signal_has_its_number() -> None:
    assert str(ending(-4000, "")) == "crashed (signal 4000)"


def test_last_words_of_a_full_disk_are_heard() -> None:
    assert isinstance(ending(-signal.SIGABRT, "; last lines: write: No space left on device"), WorkspaceError)
