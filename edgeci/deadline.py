"""How long the one who asked still waits for the answer: a search that knows it ends in time, with its best so far."""

import math
import time
from contextvars import ContextVar

END = ContextVar("END", default=math.inf)


def answer_within(seconds: float) -> None:
    """From now on; said where a request comes in."""
    END.set(time.monotonic() + seconds)


def seconds_left() -> float:
    """Infinite where nobody waits."""
    return END.get() - time.monotonic()
