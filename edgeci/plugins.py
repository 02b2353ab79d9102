"""Find what third parties bring by entry point. Names are read from metadata; nothing is imported to list them."""

from importlib.metadata import EntryPoint, entry_points

from edgeci.errors import BackendMissing, ConfigError


def declared(group: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=group)}


def point_of(group: str, name: str) -> EntryPoint:
    """
    Raises:
        ConfigError: nothing of that name is declared.
    """
    points = declared(group)
    if name not in points:
        what = group.removeprefix("edgeci.").removesuffix("s")
        raise ConfigError(f"unknown {what} {name!r}; known: {', '.join(points)}")
    return points[name]


def loaded(group: str, name: str) -> object:
    """The module, or what else the entry point names.

    Raises:
        ConfigError: nothing of that name is declared.
        BackendMissing: it cannot be imported (a broken third-party package).
    """
    point = point_of(group, name)
    try:
        return point.load()
    except Exception as problem:  # a third party's module may fail in any way
        what = group.removeprefix("edgeci.").removesuffix("s")
        raise BackendMissing(f"{what} {name} cannot be imported ({type(problem).__name__}: {problem})") from problem
