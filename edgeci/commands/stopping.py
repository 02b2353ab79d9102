"""A run that is told to end, ends as one that is interrupted does: every `with` is left, then one line and a code.

GitHub cancels a job with SIGINT and SIGTERM, a container stops with SIGTERM, a terminal that closes sends SIGHUP.
"""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGHUP)
PATIENCE_SECONDS = 5
"""Signals come in pairs, and the second must not interrupt the tidying up; a later one is heeded again."""


class Stopped(BaseException):
    """The process was told to end. No `Exception`, because nothing may take it for a failure and go on."""

    def __init__(self, number: int) -> None:
        self.name = signal.Signals(number).name
        super().__init__(self.name)


class Stopper:
    """What the process does when it is told to end."""

    def __init__(self) -> None:
        self.heeded: float | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self.heeded is None or now - self.heeded > PATIENCE_SECONDS:
            self.heeded = now
            raise Stopped(number)


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise `Stopped` at the place where the signal comes. One that is ignored stays ignored (nohup)."""
    stopper = Stopper()
    taken = [number for number in SIGNALS if signal.getsignal(number) == signal.SIG_DFL]
    for number in taken:
        signal.signal(number, stopper)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)
