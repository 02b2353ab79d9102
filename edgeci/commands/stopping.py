"""A run that is told to end, ends as one that is interrupted does: every `with` is left, then one line and a code.

GitHub cancels a job with SIGINT and SIGTERM, a container stops with SIGTERM, a terminal that closes sends SIGHUP.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGHUP)
PATIENCE_SECONDS = 5
"""So long may tidying up take. Signals come in pairs, and a second one must not interrupt it."""


class Stopped(BaseException):
    """The process was told to end. No `Exception`, because nothing may take it for a failure and go on."""

    def __init__(self, number: int) -> None:
        self.name = signal.Signals(number).name
        super().__init__(self.name)


class Stopper:
    """What the process does when it is told to end: an exception where it stands.

    A library may lose an exception that comes out of nowhere (an import that clears it, a finalizer); whoever is still
    running when patience ends is told again.
    """

    def __init__(self) -> None:
        self.told: int | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.told is None or number == signal.SIGALRM:
            self.told = self.told or number
            signal.setitimer(signal.ITIMER_REAL, PATIENCE_SECONDS)
            raise Stopped(self.told)


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise `Stopped` at the place where the signal comes. One that is ignored stays ignored (nohup)."""
    stopper = Stopper()
    taken = [number for number in (*SIGNALS, signal.SIGALRM) if signal.getsignal(number) == signal.SIG_DFL]
    for number in taken:
        signal.signal(number, stopper)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number in taken:
            signal.signal(number, signal.SIG_DFL)
