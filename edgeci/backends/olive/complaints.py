"""What Olive said while it ran, in one line."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

Records = list[logging.LogRecord]
LONGEST_REASON = 300


@contextmanager
def listening() -> Iterator[Records]:
    """Olive's warnings and errors while it runs."""
    records: Records = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    logger, listener = logging.getLogger("olive"), Listener(logging.WARNING)
    logger.addHandler(listener)
    try:
        yield records
    finally:
        logger.removeHandler(listener)


def last_words(records: Records, problem: BaseException | None = None) -> str:
    """The cause of what went wrong, from the innermost exception; else the last line of the log."""
    logged = [record.exc_info[1] for record in records if record.exc_info and record.exc_info[1]]
    cause = problem or (logged[-1] if logged else None)
    if cause is not None:
        return shortened(innermost(cause))
    return shortened(records[-1].getMessage()) if records else "it did not say why"


def innermost(problem: BaseException) -> BaseException:
    while problem.__cause__ is not None:
        problem = problem.__cause__
    return problem


def shortened(problem: object) -> str:
    text = " ".join(str(problem).split())[:LONGEST_REASON]
    return f"{type(problem).__name__}: {text}" if isinstance(problem, BaseException) else text


def first_complaint(problem: ValueError) -> str:
    """Of a pydantic error, which lists every way in which a value could have been right."""
    if not isinstance(problem, ValidationError):
        return shortened(problem)
    first = problem.errors()[0]
    place = ".".join(str(step) for step in first["loc"][:3])
    return shortened(f"{place}: {first['msg']}" if place else first["msg"])
