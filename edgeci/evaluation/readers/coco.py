"""COCO's annotations of boxes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from edgeci.errors import ConfigError, InputRejected
from edgeci.evaluation.readers.classes import class_map
from edgeci.regular_files import read
from edgeci.types import DataSource

MOST_BYTES = 2**29
"""Of a file of annotations; COCO's own for 118,287 pictures has 449 MB."""
Number = Annotated[float, Field(allow_inf_nan=False)]


class Picture(BaseModel):
    id: int
    file_name: str
    width: int = Field(gt=0)
    height: int = Field(gt=0)


class Annotation(BaseModel):
    image_id: int
    category_id: int
    bbox: tuple[Number, Number, Number, Number]
    iscrowd: int = 0


class Category(BaseModel):
    id: int
    name: str


class Annotations(BaseModel):
    """What is asked of COCO's format (https://cocodataset.org/#format-data); other keys are passed over."""

    images: list[Picture]
    annotations: list[Annotation]
    categories: list[Category]


def annotations_in(path: Path) -> Annotations:
    try:
        return Annotations.model_validate_json(read(path, MOST_BYTES, follow=True))
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise InputRejected(f"{path}: not COCO's annotations ({where}: {first['msg']})") from problem


def classes_by_category(given: Annotations, source: DataSource, folder: Path, labels: Path) -> Mapping[int, int]:
    if source.classes is None:
        return {each: place for place, each in enumerate(sorted(category.id for category in given.categories))}
    known = class_map(folder / source.classes)
    if strange := [category.name for category in given.categories if category.name not in known]:
        raise ConfigError(f"{labels}: category {strange[0]!r} is no class of {source.classes}")
    return {category.id: known[category.name] for category in given.categories}
