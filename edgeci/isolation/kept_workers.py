"""Workers that stay, for frameworks that take longer to import than to use."""

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from edgeci.config import Limits
from edgeci.isolation.process import Worker, ask_once

P = ParamSpec("P")
R = TypeVar("R")


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

    def ask(
        self, name: str | None, interpreter: str, function: Callable[P, R], *arguments: P.args, **keywords: P.kwargs
    ) -> R:
        """One request to the worker of that name; without one, to a worker for this request alone.

        Raises:
            EdgeciError: as Worker.ask.
        """
        if name is None:
            return ask_once(Worker(self.limits, interpreter), function, *arguments, **keywords)
        if name not in self.workers:
            self.workers[name] = self.stack.enter_context(Worker(self.limits, interpreter))
        try:
            return self.workers[name].ask(function, *arguments, **keywords)
        except BaseException:
            self.workers.pop(name).stop()
            raise
