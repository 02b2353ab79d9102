"""Pictures whose labels lie elsewhere are read with them, and what does not belong together is told."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edgeci.errors import ConfigError, InputRejected
from edgeci.evaluation.readers import Raw, read_raw
from edgeci.types import DataSource

CATEGORIES = [{"id": 7, "name": "dog"}, {"id": 3, "name": "cat"}]


def pictures(folder: Path, *names: str) -> None:
    (folder / "pictures").mkdir()
    for place, name in enumerate(names):
        Image.new("RGB", (8, 4), (place, 0, 0)).save(folder / "pictures" / name)


def annotated(folder: Path, *annotations: dict[str, object], **changes: object) -> Raw:
    images = [{"id": place, "file_name": name, "width": 8, "height": 4} for place, name in ((5, "b.png"), (2, "a.png"))]
    content = {"images": images, "annotations": annotations, "categories": CATEGORIES, **changes}
    (folder / "boxes.json").write_text(json.dumps(content))
    pictures(folder, "a.png", "b.png")
    return read_raw(DataSource(path="pictures", labels="boxes.json"), folder)


def box(image: int, *sides: float, category: int = 7, **more: object) -> dict[str, object]:
    return {"image_id": image, "category_id": category, "bbox": sides, **more}


def test_boxes_are_rows_of_class_and_corners_in_the_order_of_the_pictures(tmp_path: Path) -> None:
    raw = annotated(tmp_path, box(2, 1, 1, 2, 2), box(2, 0, 0, 4, 1, category=3), box(2, 0, 0, 9, 9, iscrowd=1))
    assert raw.labels is not None
    assert raw.labels.tolist() == [[[-1] * 5] * 2, [[1, 1, 1, 3, 3], [0, 0, 0, 4, 1]]]
    assert raw.inputs["pictures"][:, 0, 0, 0].tolist() == [1, 0]


def test_boxes_grow_with_their_picture(tmp_path: Path) -> None:
    annotated(tmp_path, box(5, 1, 1, 2, 2))
    raw = read_raw(DataSource(path="pictures", labels="boxes.json", resize=(8, 8)), tmp_path)
    assert raw.labels is not None
    assert raw.labels[0].tolist() == [[1, 1, 2, 3, 6]]


@pytest.mark.parametrize(("changes", "complaint"), [
    ({"annotations": [box(9, 0, 0, 1, 1)]}, "of a picture that is not there"),
    ({"annotations": [box(2, 0, 0, 1, 1, category=1)]}, "of a category that is not there"),
    ({"images": [{"id": 1, "file_name": "c.png", "width": 8, "height": 4}]}, "c.png"),
])  # fmt: skip
def test_what_is_not_there_is_told(changes: dict[str, object], complaint: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=complaint):
        annotated(tmp_path, **changes)


@pytest.mark.parametrize("name", ["../a.png", "/etc/passwd"])
def test_a_name_leads_nowhere_else(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match="lies outside of"):
        annotated(tmp_path, images=[{"id": 1, "file_name": name, "width": 8, "height": 4}])


@pytest.mark.parametrize("content", ["[]", "{}", '{"images": [{"id": "x"}], "annotations": [], "categories": []}', "{"])
def test_other_json_is_no_annotation(content: str, tmp_path: Path) -> None:
    pictures(tmp_path, "a.png")
    (tmp_path / "boxes.json").write_text(content)
    with pytest.raises(InputRejected, match="not COCO's annotations"):
        read_raw(DataSource(path="pictures", labels="boxes.json"), tmp_path)


def masked(folder: Path, mask: Image.Image) -> Raw:
    pictures(folder, "a.png")
    (folder / "masks").mkdir()
    mask.save(folder / "masks/a.png")
    return read_raw(DataSource(path="pictures", labels="masks"), folder)


def test_a_palette_says_classes_and_no_colours(tmp_path: Path) -> None:
    mask = Image.fromarray(np.array([[0, 1, 2, 255]] * 4, np.uint8), mode="P")
    mask.putpalette([200, 10, 10] * 256)
    raw = masked(tmp_path, mask)
    assert raw.labels is not None
    assert raw.labels[0, 0].tolist() == [0, 1, 2, 255]


def test_colours_are_no_ids(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a mask in colours"):
        masked(tmp_path, Image.new("RGB", (8, 4)))


def test_a_picture_without_a_mask_is_told(tmp_path: Path) -> None:
    masked(tmp_path, Image.new("L", (8, 4)))
    Image.new("RGB", (8, 4)).save(tmp_path / "pictures/b.png")
    with pytest.raises(ConfigError, match=r"no mask for 'b.png' \(1 of 2 have none\)"):
        read_raw(DataSource(path="pictures", labels="masks"), tmp_path)


def test_pictures_alone_are_items_without_labels(tmp_path: Path) -> None:
    pictures(tmp_path, "a.png", "b.png")
    raw = read_raw(DataSource(path="pictures"), tmp_path)
    assert raw.labels is None and len(raw.inputs["pictures"]) == 2
