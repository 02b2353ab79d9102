"""What a worker can say of the interpreter and the machine that it runs on."""

import importlib

from edgeci.work.scheduling import prioritized


def importable(modules: list[str]) -> bool:
    """Import each, which raises what is wrong with it."""
    for name in modules:
        importlib.import_module(name)
    return True


def reachable_priority() -> str:
    """What a timed block of one thread would run at here."""
    with prioritized("auto", 1, 0.0) as reached:
        return reached
