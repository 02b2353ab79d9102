"""Where a file that a model names may lie: in the model's own folder, through no link that leads out of it."""

from pathlib import Path, PurePosixPath

from edgeci.errors import InputRejected


def check_location(location: str, model: Path) -> Path:
    """The path of an external data file, if it stays in the model's folder.

    Raises:
        InputRejected: absolute, with `..`, through a linked folder, or one of ONNX Runtime's memory addresses.
    """
    parts = PurePosixPath(location)
    is_strange = "_ORT_MEM_ADDR_" in location or not set(location).isdisjoint("\\\0")
    if is_strange or parts.is_absolute() or ".." in parts.parts or not parts.parts:
        raise InputRejected(f"{model}: external data {location[:80]!r} lies outside the model's folder")
    path = model.parent / Path(parts)
    if not is_inside(path.parent, model.parent):
        raise InputRejected(f"{path}: lies outside the model's folder through a linked folder")
    return path


def is_inside(folder: Path, home: Path) -> bool:
    """Whether it is that folder or lies in it, wherever links lead."""
    try:
        return folder.resolve().is_relative_to(home.resolve())
    except (OSError, RuntimeError):  # links in a circle, a name that is too long
        return False
