"""Signals that end a process, and a short time in which they wait."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
"""The last is how the command line reminds itself of the two before it (edgeci.commands.stopping)."""


@contextmanager
def undisturbed() -> Iterator[None]:
    """Signals come at the end: one between the start of a process and the note of it would leave nobody to stop it.

    Blocking them (pthread_sigmask) would not do: a library's thread takes them, and Python's handler runs in this one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # handlers run in the main thread only
        return
    came: list[int] = []
    ours = [number for number in ENDING if signal.getsignal(number) is not None]  # None: a library's, not Python's
    handlers = {number: signal.signal(number, lambda number, _: came.append(number)) for number in ours}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
