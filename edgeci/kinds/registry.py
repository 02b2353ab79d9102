"""Find kinds of model by entry point. Names are read from metadata; nothing is imported to list them."""

from typing import cast

from edgeci import plugins
from edgeci.kinds.protocol import AnyKind

GROUP = "edgeci.kinds"


def kind(name: str) -> AnyKind:
    """
    Raises:
        ConfigError: no such kind.
        BackendMissing: its module cannot be imported.
    """
    return cast("AnyKind", plugins.loaded(GROUP, name))


def names() -> list[str]:
    """Every kind that is declared."""
    return list(plugins.declared(GROUP))
