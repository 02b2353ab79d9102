"""Items in a folder of images, a sub-folder a class."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edgeci.errors import ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.data_files import entries, is_folder, opened_data
from edgeci.evaluation.readers.classes import by_map, by_name, class_map
from edgeci.evaluation.readers.pictures import picture
from edgeci.evaluation.readers.raw import Raw
from edgeci.types import DataSource

SUFFIXES = (".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".jp2", ".png", ".ppm", ".pgm", ".tif", ".tiff", ".webp")
"""How pictures are called; what is in a class folder is read as one whatever it is called."""


def from_images(path: Path, source: DataSource, folder: Path) -> Raw:
    """One sub-folder a class; its index, as `class_folders` has it, is the label."""
    classes = class_folders(path, source, folder)
    files = [(name, file) for name in classes for file in entries(path / name)]
    if not files:
        raise ConfigError(f"{path}: no class folders with images")
    images = [one_image(file, source) for _, file in files]
    refuse_different(images, str(path))
    labels = np.array([classes[name] for name, _ in files])
    names = np.array([name for name, _ in files])
    return Raw({path.name: np.stack(images)}, labels, names if source.slices else None, classes=classes)


def class_folders(path: Path, source: DataSource, folder: Path) -> dict[str, int]:
    """Each class folder and its index, in the order of the indices. `classes` starts at `folder`.

    Raises:
        ConfigError: a picture beside them, a folder that `classes` does not know, or as `by_name` and `class_map`.
    """
    within = entries(path)
    if stray := [entry.name for entry in within if is_picture(entry)]:
        raise ConfigError(
            f"{path}: {stray[0]!r} lies beside the class folders; move it into the folder of its "
            "class, or name its boxes or masks in `labels`"
        )
    names = [entry.name for entry in within if is_folder(entry)]
    if source.classes is None:
        return by_name(names, path)
    return by_map(names, class_map(folder / source.classes), path, source.classes)


def is_picture(entry: Path) -> bool:
    """By its name."""
    return entry.suffix.lower() in SUFFIXES and not is_folder(entry)


def refuse_different(images: Sequence[Array], what: str) -> None:
    """Arrays of one shape and one depth, or else what to do."""
    if len({image.shape for image in images}) > 1:
        raise ConfigError(f"{what}: images of different sizes; set `resize: [height, width]`")
    if len(kinds := sorted({image.dtype.name for image in images})) > 1:
        raise ConfigError(f"{what}: images of different depth ({', '.join(kinds)}); convert them to one")


def one_image(file: Path, source: DataSource) -> Array:
    with opened_data(file) as stream:
        return picture(stream, str(file), source)
