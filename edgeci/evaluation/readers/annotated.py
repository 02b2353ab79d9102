"""Pictures in one folder: with boxes in COCO's JSON, with a mask of the same name in another folder, or unlabelled."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edgeci.errors import ConfigError, InputRejected
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.data_files import entries, is_folder, opened_data
from edgeci.evaluation.readers.coco import Annotation, Picture, annotations_in, classes_by_category
from edgeci.evaluation.readers.images import is_picture, one_image, refuse_different
from edgeci.evaluation.readers.pictures import mask
from edgeci.evaluation.readers.raw import Raw
from edgeci.types import DataSource


def is_annotated(path: Path, source: DataSource) -> bool:
    """Whether its pictures lie in no folders of classes."""
    if not is_folder(path):
        return False
    within = entries(path)
    return source.labels.endswith(".json") or (bool(within) and all(map(is_picture, within)))


def from_annotated(path: Path, source: DataSource, folder: Path) -> Raw:
    """
    Raises:
        ConfigError: a picture without a mask, an annotation of nothing, or sizes that differ.
        InputRejected: no readable pictures or annotations.
    """
    labels = folder / source.labels
    if source.labels.endswith(".json"):
        return with_boxes(path, labels, source, folder)
    return with_masks(path, labels, source) if is_folder(labels) else Raw({path.name: unlabelled(path, source)})


def unlabelled(path: Path, source: DataSource) -> Array:
    return stacked([one_image(file, source) for file in entries(path)], path)


def with_masks(path: Path, labels: Path, source: DataSource) -> Raw:
    """A mask's values are the classes: of a palette its indices, never its colours."""
    files = entries(path)
    masks = {file.stem: file for file in entries(labels)}
    if missing := [file.name for file in files if file.stem not in masks]:
        raise ConfigError(f"{labels}: no mask for {missing[0]!r} ({len(missing)} of {len(files)} have none)")
    pictures = stacked([one_image(file, source) for file in files], path)
    ids = []
    for file in files:
        with opened_data(masks[file.stem]) as stream:
            ids.append(mask(stream, str(masks[file.stem]), source))
    return Raw({path.name: pictures}, stacked(ids, labels))


def stacked(images: Sequence[Array], path: Path) -> Array:
    if not images:
        raise ConfigError(f"{path}: no pictures")
    refuse_different(images, str(path))
    return np.stack(images)


def with_boxes(path: Path, labels: Path, source: DataSource, folder: Path) -> Raw:
    """Rows of class, x1, y1, x2, y2 in the pixels of the picture as the model takes it; crowds are left out.

    Classes are counted in the order of the categories' ids, or are those of `classes`.
    """
    given = annotations_in(labels)
    chosen = given.images[: source.limit]
    indices = classes_by_category(given, source, folder, labels)
    rows: dict[int, list[Sequence[float]]] = {each.id: [] for each in given.images}
    sizes = {each.id: each for each in given.images}
    for made in given.annotations:
        if made.image_id not in rows or made.category_id not in indices:
            what = "picture" if made.image_id not in rows else "category"
            raise ConfigError(f"{labels}: an annotation is of a {what} that is not there")
        if not made.iscrowd:
            rows[made.image_id].append((indices[made.category_id], *corners(made, sizes[made.image_id], source)))
    pictures = stacked([one_image(inside(path, each.file_name, labels), source) for each in chosen], path)
    most = max(1, *(len(rows[each.id]) for each in chosen))
    padded = np.full((len(chosen), most, 5), -1.0)
    for place, each in enumerate(chosen):
        if rows[each.id]:
            padded[place, : len(rows[each.id])] = rows[each.id]
    return Raw({path.name: pictures}, padded)


def corners(annotation: Annotation, size: Picture, source: DataSource) -> tuple[float, ...]:
    x, y, width, height = annotation.bbox
    wide, high = (source.resize[1] / size.width, source.resize[0] / size.height) if source.resize else (1, 1)
    return x * wide, y * high, (x + width) * wide, (y + height) * high


def inside(path: Path, name: str, labels: Path) -> Path:
    """A picture in the folder; a name leads nowhere else."""
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise InputRejected(f"{labels}: {name!r} lies outside of {path}")
    return path / name
