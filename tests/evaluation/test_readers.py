"""Evaluation data from every kind of source; errors name the file and the line."""

import io
import random
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from edgeci.errors import ConfigError, EdgeciError, InputRejected
from edgeci.evaluation.readers import Raw, read_raw
from edgeci.evaluation.samples import read_samples
from edgeci.types import DataSource, Tensor

MATRIX = np.arange(12, dtype=np.float32).reshape(4, 3)


def read(folder: Path, name: str, **settings: Any) -> Raw:
    return read_raw(DataSource(path=name, **settings), folder)


def written(folder: Path, name: str, content: str | bytes) -> str:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return name


def test_npz_holds_inputs_labels_and_slices(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=MATRIX, labels=[0, 1, 2, 1], slices=["a", "b", "b", "a"])
    raw = read(tmp_path, "a.npz", slices="slices")
    assert raw.inputs.keys() == {"x"}
    assert raw.labels is not None and raw.labels.tolist() == [0, 1, 2, 1]
    assert raw.slices is not None and raw.slices.tolist() == ["a", "b", "b", "a"]


def test_npz_labels_may_have_another_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=MATRIX, truth=[0, 1, 2, 1])
    raw = read(tmp_path, "a.npz", labels="truth")
    assert raw.inputs.keys() == {"x"}
    assert raw.labels is not None


def test_npz_without_the_slices_it_should_have_is_a_configuration_error(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=MATRIX)
    with pytest.raises(ConfigError, match=r"a\.npz: no 'kind' for slices; it holds x"):
        read(tmp_path, "a.npz", slices="kind")


@pytest.mark.parametrize("name", ["a.npz", "a.npy"])
def test_a_pickle_in_an_array_is_refused(name: str, tmp_path: Path) -> None:
    objects = np.array([{"run": "code"}], dtype=object)
    if name == "a.npz":
        np.savez(tmp_path / name, x=objects, allow_pickle=True)
    else:
        np.save(tmp_path / name, objects, allow_pickle=True)
    with pytest.raises(InputRejected, match=rf"{name}: .*allow_pickle=False"):
        read(tmp_path, name)


@pytest.mark.parametrize("content", [b"", b"\x80\x04N.", b"PK\x05\x06", b"text", b"\x93NUMPY"])
@pytest.mark.parametrize("name", ["a.npz", "a.npy"])
def test_what_is_no_array_is_refused(name: str, content: bytes, tmp_path: Path) -> None:
    written(tmp_path, name, content)
    with pytest.raises(InputRejected, match=f"{name}: not a readable"):
        read(tmp_path, name)


def test_an_npz_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(InputRejected, match="not a list of items"):
        read(tmp_path, "a.npz")


@pytest.mark.parametrize("version", [b"\x01\x00", b"\x02\x00", b"\x03\x00", b"\x09\x00"])
@pytest.mark.parametrize(
    "header", [b"{'descr': '<f4", b"((" * 3000, b"{'shape': (1" + b"0" * 5000 + b",)}", b"\xff", b""]
)
def test_an_array_whose_header_is_damaged_is_refused(header: bytes, version: bytes, tmp_path: Path) -> None:
    """NumPy raises TokenError for some, which is no ValueError."""
    length = len(header).to_bytes(2 if version[0] == 1 else 4, "little")
    written(tmp_path, "a.npy", b"\x93NUMPY" + version + length + header)
    with pytest.raises(InputRejected, match=r"a\.npy: not a readable npy"):
        read(tmp_path, "a.npy")


def test_a_single_number_is_not_a_list_of_items(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.float32(3))
    with pytest.raises(InputRejected, match="not a list of items"):
        read(tmp_path, "a.npz")


@pytest.mark.parametrize("compressed", [True, False])
def test_a_damaged_npz_is_read_or_refused_and_nothing_else(compressed: bool, tmp_path: Path) -> None:
    stream = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(stream, x=MATRIX, labels=np.arange(4))
    whole, chance, refused = stream.getvalue(), random.Random(3), 0
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        written(tmp_path, "a.npz", bytes(damaged))
        try:
            read(tmp_path, "a.npz")
        except EdgeciError:
            refused += 1
    assert refused > 100


def test_npy_takes_labels_and_slices_from_files_beside_it(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", MATRIX)
    np.save(tmp_path / "y.npy", np.arange(4))
    np.save(tmp_path / "kind.npy", np.array(["a", "a", "b", "b"]))
    raw = read(tmp_path, "x.npy", labels="y.npy", slices="kind.npy")
    assert raw.inputs["x"].tolist() == MATRIX.tolist()
    assert raw.labels is not None and raw.labels.tolist() == [0, 1, 2, 3]
    assert raw.slices is not None and raw.slices.tolist() == ["a", "a", "b", "b"]


@pytest.mark.parametrize("settings", [{"labels": "y.npy"}, {"slices": "kind"}])
def test_npy_without_the_file_beside_it_is_a_configuration_error(settings: dict[str, str], tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", MATRIX)
    with pytest.raises(ConfigError, match=r"(y\.npy|kind): not there"):
        read(tmp_path, "x.npy", **settings)


def test_csv_columns_form_one_input(tmp_path: Path) -> None:
    written(tmp_path, "a.csv", "a,b,labels,kind\n1,2.5,0,x\n-3,4e2,1,y\n")
    raw = read(tmp_path, "a.csv", slices="kind")
    assert raw.inputs["a"].tolist() == [[1, 2.5], [-3, 400]]
    assert raw.labels is not None and raw.labels.tolist() == [0, 1]
    assert raw.slices is not None and raw.slices.tolist() == ["x", "y"]


def test_csv_columns_can_be_dealt_out_to_inputs(tmp_path: Path) -> None:
    written(tmp_path, "a.csv", "a,b,c\n1,2,3\n4,5,6\n")
    raw = read(tmp_path, "a.csv", inputs={"left": "a,b", "right": "c"})
    assert raw.inputs["a,b"].tolist() == [[1, 2], [4, 5]]
    assert raw.inputs["c"].tolist() == [[3], [6]]


def test_csv_from_a_spreadsheet_may_start_with_a_byte_order_mark(tmp_path: Path) -> None:
    written(tmp_path, "a.csv", b"\xef\xbb\xbflabels,a\r\n1,2\r\n")
    assert read(tmp_path, "a.csv").inputs["a"].tolist() == [[2]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n1,2\n\n3,x\n", "a.csv:4: column 'b' has numbers, and 'x' is none"),
        ('a,b\n1,2\n"3\n",\n', "a.csv:4: column 'b' has numbers and an empty cell; write nan where one is missing"),
        ("a,b\n1,2\n3\n", "a.csv:3: fewer values than the header has columns, split at ','"),
        ("a,b\n1,2\n3,4,5\n", "a.csv:3: more values than the header has columns, split at ','"),
        ("a;b\n1;2\n3;4;5\n", "a.csv:3: more values than the header has columns, split at ';'"),
        ("labels,a\n0,2\none,2\n", "a.csv:3: column 'labels' has numbers, and 'one' is none"),
        (",a\n0,2\n1,3\n", "a.csv:1: column 1 has no name; name it, or leave it out (pandas: `index=False`)"),
        ("a,b\n", "a.csv: no rows under the header"),
        ("", "a.csv: no rows under the header"),
        ("a,b,a\n1,2,3\n", "a.csv:1: two columns have one name"),
    ],
)
def test_csv_errors_name_the_line(content: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=re.escape(message) + "$"):
        read(tmp_path, written(tmp_path, "a.csv", content))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_csv_columns_are_split_where_the_header_is(separator: str, tmp_path: Path) -> None:
    written(tmp_path, "a.csv", "a,b,labels\n1,2.5,0\n3,4.5,1\n".replace(",", separator))
    raw = read(tmp_path, "a.csv")
    assert raw.inputs["a"].tolist() == [[1, 2.5], [3, 4.5]]
    assert raw.labels is not None and raw.labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ('"p(a|b)",labels\n1,0\n', ["p(a|b)"]),
        ("temp, C;hum, %;labels\n1;2;0\n", ["temp, C", "hum, %"]),
        ("p(a|b),labels\n1,0\n", ["p(a|b)"]),
    ],
)
def test_a_separator_within_a_name_is_none(content: str, names: list[str], tmp_path: Path) -> None:
    assert list(read(tmp_path, written(tmp_path, "a.csv", content)).columns) == names


def test_decimal_commas_are_taken_where_semicolons_separate(tmp_path: Path) -> None:
    written(tmp_path, "a.csv", "a;b;label\n1,5;-2;0\n3;4,25e1;1\n")
    assert read(tmp_path, "a.csv", labels="label").inputs["a"].tolist() == [[1.5, -2], [3, 42.5]]


@pytest.mark.parametrize(
    "content",
    ['a,b\n"1,5",2\n', "a\tb\n1,5\t2\n", "a;b\n1,5;2.5\n", "a;b\n1,234;2\n1.5;2\n", "a;b\n1;2\n1,5;x.5\n2.5;2\n"],
)
def test_commas_that_may_be_of_thousands_are_refused(content: str, tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"a\.csv:\d: column 'a' has numbers, and '1,\d+' is none; decimal commas are"
    ):
        read(tmp_path, written(tmp_path, "a.csv", content))


def test_csv_rows_without_a_value_are_no_items(tmp_path: Path) -> None:
    written(tmp_path, "a.csv", "\n\r\na,b\r\n1,2\r\n\r\n3,4\r\n,\r\n\r\n")
    assert read(tmp_path, "a.csv").inputs["a"].tolist() == [[1, 2], [3, 4]]


def test_csv_keeps_what_is_not_a_number_as_nan(tmp_path: Path) -> None:
    written(tmp_path, "a.csv", "a,b\n1,nan\nNaN,4\n")
    np.testing.assert_array_equal(read(tmp_path, "a.csv").inputs["a"], [[1, np.nan], [np.nan, 4]])


def test_csv_labels_may_be_class_names(tmp_path: Path) -> None:
    raw = read(tmp_path, written(tmp_path, "a.csv", "a,labels\n1,ant\n2,bee\n"))
    assert raw.labels is not None and raw.labels.tolist() == ["ant", "bee"]
    assert raw.inputs["a"].tolist() == [[1], [2]]


def test_csv_columns_are_there_by_their_own_names_too(tmp_path: Path) -> None:
    raw = read(tmp_path, written(tmp_path, "data.csv", "temp,hum,labels\n1,2,0\n3,4,1\n"))
    assert {name: column.tolist() for name, column in raw.columns.items()} == {"temp": [[1], [3]], "hum": [[2], [4]]}
    assert raw.inputs.keys() == {"data"}


def test_csv_texts_stay_texts(tmp_path: Path) -> None:
    raw = read(tmp_path, written(tmp_path, "a.csv", "city,zip,labels\nUlm,089,0\nBonn,053,1\n"))
    assert raw.inputs["city"].tolist() == [["Ulm"], ["Bonn"]]
    assert raw.inputs["zip"].tolist() == [[89], [53]]
    assert list(raw.cells["zip"]) == ["089", "053"]


def test_a_csv_column_that_is_mapped_alone_may_be_of_any_texts(tmp_path: Path) -> None:
    written(tmp_path, "a.csv", "code,b\n007,1\nA3,2\n")
    assert read(tmp_path, "a.csv", inputs={"x": "code"}).inputs["code"].tolist() == [["007"], ["A3"]]
    with pytest.raises(ConfigError, match=r"a\.csv:3: column 'code' has numbers, and 'A3' is none"):
        read(tmp_path, "a.csv")


def test_numbers_and_texts_are_not_one_input(tmp_path: Path) -> None:
    written(tmp_path, "a.csv", "city,b\nUlm,1\nBonn,2\n")
    with pytest.raises(ConfigError, match="column 'city' is text, which cannot be one input with others"):
        read(tmp_path, "a.csv", inputs={"x": "city,b"})


def test_csv_without_a_column_it_should_have_is_a_configuration_error(tmp_path: Path) -> None:
    written(tmp_path, "a.csv", "a,b\n1,2\n")
    with pytest.raises(ConfigError, match=r"a\.csv:1: no column 'c'"):
        read(tmp_path, "a.csv", inputs={"x": "a,c"})


@pytest.mark.parametrize("content", [b'a,b\n1,2\n3,"4\n', b"a,b\n1,2\n\xff,4\n", b'a,b\n1,2\n3,"4"5\n'])
def test_what_is_no_csv_is_refused_with_a_line(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match=r"a\.csv:\d+: not CSV in UTF-8"):
        read(tmp_path, written(tmp_path, "a.csv", content))


def test_jsonl_holds_one_item_a_line(tmp_path: Path) -> None:
    written(tmp_path, "a.jsonl", '{"x": [[1, 2], [3, 4]], "labels": 1}\n{"x": [[5, 6], [7, 8]], "labels": 0}\n')
    raw = read(tmp_path, "a.jsonl")
    assert raw.inputs["x"].shape == (2, 2, 2)
    assert raw.labels is not None and raw.labels.tolist() == [1, 0]


def test_jsonl_may_have_a_byte_order_mark_and_blank_lines(tmp_path: Path) -> None:
    written(tmp_path, "a.jsonl", b'\xef\xbb\xbf\n{"x": 1}\r\n  \n\n{"x": 2}\n\n')
    assert read(tmp_path, "a.jsonl").inputs["x"].tolist() == [1, 2]


def test_jsonl_without_items_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"a\.jsonl: no lines with items"):
        read(tmp_path, written(tmp_path, "a.jsonl", "\n\n"))


def test_jsonl_ends_lines_at_line_feeds_only(tmp_path: Path) -> None:
    """JSON allows U+2028 within a text; Python's splitlines would break there."""
    written(tmp_path, "a.jsonl", '{"x": 1, "kind": "a\u2028b"}\r\n{"x": 2, "kind": "c"}')
    raw = read(tmp_path, "a.jsonl", slices="kind")
    assert raw.slices is not None and raw.slices.tolist() == ["a\u2028b", "c"]


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("3", "not an object with the keys of line 1"),
        ('{"y": 1}', "not an object with the keys of line 1"),
        ('{"x": [1, 2, 3]}', r"'x' has shape \(3,\), in line 1 \(2,\); pad the items to one shape"),
        ('{"x": ["a", "b"]}', "'x' is text, in line 1 a number; make it one"),
        ('{"x": [1, "b"]}', "'x' holds numbers and texts"),
        ('{"x": [1, [2]]}', "'x' is a list with rows of different length"),
        ('{"x": [1, null]}', "'x' is neither numbers nor text"),
        ('{"x": {"a": 1}}', "'x' is neither numbers nor text"),
        (f'{{"x": [1, {"9" * 400}]}}', "'x' is neither numbers nor text"),
        (f'{{"x": [1, {"9" * 5000}]}}', "not JSON"),
        ('{"x": "\\ud800"}', "not JSON"),
    ],
)
def test_jsonl_errors_name_the_line(second: str, message: str, tmp_path: Path) -> None:
    written(tmp_path, "a.jsonl", f'{{"x": [1, 2]}}\n{second}\n{{"x": [3, 4]}}\n')
    with pytest.raises(ConfigError, match=rf"a\.jsonl:2: {message}"):
        read(tmp_path, "a.jsonl")


def test_jsonl_that_is_not_utf8_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"a\.jsonl:2: not JSON"):
        read(tmp_path, written(tmp_path, "a.jsonl", b'{"x": 1}\n{"x": "\xff"}\n'))


def image_folder(folder: Path) -> Path:
    for number, name in enumerate(["cat", "ant"]):
        (folder / "images" / name).mkdir(parents=True)
        for shade in (10, 20):
            colour = (shade + number, 2 * shade, 3 * shade)
            Image.new("RGB", (4, 2), colour).save(folder / "images" / name / f"{shade}.png")
    return folder / "images"


def test_image_folders_are_classes_in_alphabetical_order(tmp_path: Path) -> None:
    image_folder(tmp_path)
    raw = read(tmp_path, "images", slices="class")
    assert raw.inputs["images"].shape == (4, 3, 2, 4)
    assert raw.inputs["images"].dtype == np.uint8
    assert raw.inputs["images"][0, :, 0, 0].tolist() == [11, 20, 30]
    assert raw.labels is not None and raw.labels.tolist() == [0, 0, 1, 1]
    assert raw.slices is not None and raw.slices.tolist() == ["ant", "ant", "cat", "cat"]


def test_images_can_be_grey_resized_and_channels_last(tmp_path: Path) -> None:
    image_folder(tmp_path)
    raw = read(tmp_path, "images", color="grayscale", resize=(6, 5), layout="nhwc")
    assert raw.inputs["images"].shape == (4, 6, 5, 1)


def test_images_of_different_sizes_name_the_remedy(tmp_path: Path) -> None:
    Image.new("RGB", (9, 9)).save(image_folder(tmp_path) / "cat/other.png")
    with pytest.raises(ConfigError, match=r"different sizes; set `resize: \[height, width\]`"):
        read(tmp_path, "images")


@pytest.mark.parametrize("content", [b"", b"not an image", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_a_file_that_is_no_image_is_named(content: bytes, tmp_path: Path) -> None:
    (image_folder(tmp_path) / "cat/broken.png").write_bytes(content)
    with pytest.raises(InputRejected, match=r"cat/broken\.png: not a readable image"):
        read(tmp_path, "images")


def test_a_damaged_image_is_read_or_refused_and_nothing_else(tmp_path: Path) -> None:
    broken = image_folder(tmp_path) / "cat/10.png"
    whole, chance = broken.read_bytes(), random.Random(5)
    for _ in range(200):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        broken.write_bytes(damaged)
        try:
            read(tmp_path, "images", resize=(2, 2))
        except InputRejected as problem:
            assert "10.png" in str(problem)


def test_an_image_of_more_pixels_than_there_is_memory_for_is_refused(tmp_path: Path) -> None:
    Image.new("1", (30_000, 1_000)).save(image_folder(tmp_path) / "cat/large.png")
    with pytest.raises(InputRejected, match=r"large\.png: .*30000 x 1000 pixels, more than 25000000; make it smaller"):
        read(tmp_path, "images", resize=(2, 2))


def test_a_postscript_image_is_refused_because_another_program_would_read_it(tmp_path: Path) -> None:
    Image.new("RGB", (4, 2)).save(image_folder(tmp_path) / "cat/drawing.eps")
    with pytest.raises(InputRejected, match=r"drawing\.eps: not a readable image"):
        read(tmp_path, "images")


def test_an_empty_image_folder_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    with pytest.raises(ConfigError, match="no class folders with images"):
        read(tmp_path, "images")


def labelled(folder: Path, *names: str, picture: str = "1.png") -> Path:
    """One picture a class; its red says how manieth it was made."""
    for number, name in enumerate(names):
        (folder / "images" / name).mkdir(parents=True)
        Image.new("RGB", (2, 2), (number, 0, 0)).save(folder / "images" / name / picture)
    return folder / "images"


def labels_by_making(raw: Raw) -> dict[int, int]:
    assert raw.labels is not None
    return dict(zip(raw.inputs["images"][:, 0, 0, 0].tolist(), raw.labels.tolist(), strict=True))


@pytest.mark.parametrize("name", [".ipynb_checkpoints", ".DS_Store", "__MACOSX", "@eaDir", ".git", "$RECYCLE.BIN"])
def test_what_a_system_left_beside_the_classes_is_none(name: str, tmp_path: Path) -> None:
    (labelled(tmp_path, "ant", "bee") / name).mkdir()
    assert labels_by_making(read(tmp_path, "images")) == {0: 0, 1: 1}


@pytest.mark.parametrize("name", [".DS_Store", "Thumbs.db", "desktop.ini", "._1.png", "Desktop.ini"])
def test_what_a_system_left_beside_the_pictures_is_none(name: str, tmp_path: Path) -> None:
    (labelled(tmp_path, "ant", "bee") / "ant" / name).write_bytes(b"\0\0\0\1Bud1")
    assert len(read(tmp_path, "images").inputs["images"]) == 2


@pytest.mark.parametrize(
    ("names", "indices"),
    [
        ([str(number) for number in range(12)], list(range(12))),
        (["00", "01", "02", "10"], [0, 1, 2, 10]),
        (["1", "2", "10"], [1, 2, 10]),
        ([str(number) for number in range(1, 12)], list(range(11))),
        (["7", "8", "9"], [7, 8, 9]),
        (["0", "1", "x", "10"], [0, 1, 3, 2]),
    ],
)
def test_classes_named_by_number_keep_their_number(names: list[str], indices: list[int], tmp_path: Path) -> None:
    """From 1 without a gap they count; a gap is a class without pictures."""
    labelled(tmp_path, *names)
    assert labels_by_making(read(tmp_path, "images")) == dict(enumerate(indices))


def test_two_classes_of_one_number_are_refused(tmp_path: Path) -> None:
    labelled(tmp_path, "1", "01")
    with pytest.raises(ConfigError, match="two class folders are one number"):
        read(tmp_path, "images")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("classes.json", '{"ant": 2, "cow": 0, "bee": 7}'),
        ("classes.json", '["cow", "x1", "ant", "x3", "x4", "x5", "x6", "bee"]'),
        ("classes.txt", "cow\nx1\r\nant\nx3\nx4\nx5\nx6\nbee\n\n"),
    ],
)
def test_a_class_map_says_which_class_is_which(name: str, content: str, tmp_path: Path) -> None:
    """The class without a folder shifts none."""
    labelled(tmp_path, "ant", "bee")
    raw = read(tmp_path, "images", classes=written(tmp_path, name, content))
    assert labels_by_making(raw) == {0: 2, 1: 7}
    assert raw.classes == {"ant": 2, "bee": 7}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("c.json", '{"ant": 0}', r"images: 'bee' is no class of c\.json; add it there"),
        ("c.txt", "ant\nbees\n", "images: 'bee' is no class of c"),
        ("c.json", '{"ant": 0, "bee": 0}', "index 0 is given twice"),
        ("c.txt", "ant\nbee\nant\n", "class 'ant' is given twice"),
        ("c.json", '{"0": "ant"}', r"must be an object \{name: index\} or a list of names"),
        ("c.json", '{"ant": -1}', r"must be an object \{name: index\}"),
        ("c.json", '["ant", 1]', r"must be an object \{name: index\}"),
        ("c.json", "3", r"must be an object \{name: index\}"),
    ],
)
def test_a_class_map_that_does_not_fit_is_a_configuration_error(
    name: str, content: str, message: str, tmp_path: Path
) -> None:
    labelled(tmp_path, "ant", "bee")
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, "images", classes=written(tmp_path, name, content))


def test_a_picture_beside_the_class_folders_is_not_left_out_in_silence(tmp_path: Path) -> None:
    Image.new("RGB", (2, 2)).save(labelled(tmp_path, "ant") / "stray.JPG", format="JPEG")
    with pytest.raises(ConfigError, match=r"'stray\.JPG' lies beside the class folders"):
        read(tmp_path, "images")


def one_picture(folder: Path, image: Image.Image, name: str = "1.png", **saving: Any) -> None:
    (folder / "images/ant").mkdir(parents=True)
    image.save(folder / "images/ant" / name, **saving)


def test_a_photo_arrives_upright(tmp_path: Path) -> None:
    wide = Image.new("RGB", (4, 2))
    wide.putpixel((0, 0), (255, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: the first row is the right side
    one_picture(tmp_path, wide, exif=exif)
    upright = read(tmp_path, "images").inputs["images"][0]
    assert upright.shape == (3, 4, 2)
    assert upright[:, 0, 1].tolist() == [255, 0, 0]


DEEP = np.array([[0, 300], [40_000, 65_535]], np.uint16)


@pytest.mark.parametrize("name", ["1.png", "1.tiff"])
def test_16_bits_of_gray_keep_their_values(name: str, tmp_path: Path) -> None:
    one_picture(tmp_path, Image.fromarray(DEEP), name)
    values = read(tmp_path, "images", color="grayscale").inputs["images"]
    assert values.dtype == np.uint16
    assert values[0, 0].tolist() == DEEP.tolist()


@pytest.mark.parametrize("kind", ["int32", "float32"])
def test_deeper_gray_keeps_its_values_too(kind: str, tmp_path: Path) -> None:
    one_picture(tmp_path, Image.fromarray(DEEP.astype(kind)), "1.tiff")
    values = read(tmp_path, "images", color="grayscale", layout="nhwc").inputs["images"]
    assert values.dtype == kind
    assert values[0, :, :, 0].tolist() == DEEP.tolist()


def test_16_bits_of_gray_are_resized_without_clipping(tmp_path: Path) -> None:
    one_picture(tmp_path, Image.fromarray(np.full((4, 4), 50_000, np.uint16)))
    values = read(tmp_path, "images", color="grayscale", resize=(2, 3)).inputs["images"]
    assert values.dtype == np.uint16
    assert values[0, 0].tolist() == [[50_000] * 3] * 2


@pytest.mark.parametrize("kind", ["uint16", "int32", "float32"])
def test_deep_gray_is_not_clipped_into_rgb(kind: str, tmp_path: Path) -> None:
    one_picture(tmp_path, Image.fromarray(DEEP.astype(kind)), "1.tiff")
    with pytest.raises(
        ConfigError, match=r"1\.tiff: grayscale of more than 8 bits \(Pillow's mode [IF](;16)?\).*`color: gr"
    ):
        read(tmp_path, "images")


def test_pictures_of_different_depth_are_not_mixed(tmp_path: Path) -> None:
    one_picture(tmp_path, Image.fromarray(DEEP))
    Image.new("L", (2, 2)).save(tmp_path / "images/ant/2.png")
    with pytest.raises(ConfigError, match=r"different depth \(uint16, uint8\); convert them to one"):
        read(tmp_path, "images", color="grayscale")


def test_a_palette_becomes_its_colours(tmp_path: Path) -> None:
    one_picture(tmp_path, Image.new("RGB", (2, 2), (200, 10, 30)).quantize(4))
    assert read(tmp_path, "images").inputs["images"][0, :, 0, 0].tolist() == [200, 10, 30]


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_opaque_pictures_lose_an_alpha_that_says_nothing(mode: str, tmp_path: Path) -> None:
    one_picture(tmp_path, Image.new("RGBA", (2, 2), (50, 50, 50, 255)).convert(mode))
    assert read(tmp_path, "images").inputs["images"][0, :, 0, 0].tolist() == [50, 50, 50]


def test_transparent_pictures_are_refused_with_a_remedy(tmp_path: Path) -> None:
    one_picture(tmp_path, Image.new("RGBA", (2, 2), (50, 50, 50, 254)))
    with pytest.raises(ConfigError, match=r"1\.png: partly transparent.*flatten it on the background"):
        read(tmp_path, "images")


def test_a_transparent_palette_is_refused_too(tmp_path: Path) -> None:
    one_picture(tmp_path, Image.new("P", (2, 2), 0), transparency=0)
    with pytest.raises(ConfigError, match="partly transparent"):
        read(tmp_path, "images")


@pytest.mark.parametrize("name", ["1.gif", "1.tiff"])
def test_a_file_of_several_pictures_is_no_item(name: str, tmp_path: Path) -> None:
    frames = [Image.new("L", (2, 2), shade) for shade in (0, 100, 200)]
    one_picture(tmp_path, frames[0], name, save_all=True, append_images=frames[1:])
    with pytest.raises(ConfigError, match="holds 3 pictures; an item is one"):
        read(tmp_path, "images")


FUNCTION = """
import numpy as np
def items():
    return {"x": [[1.0, 2.0], [3.0, 4.0]]}, [0, 1], ["a", "b"]
def only_inputs():
    return {"x": [[1.0]]}, None, None
def wrong():
    return {"x": [[1.0]]}
def one_label():
    return {"x": [[1.0]]}, 3, None
def ragged():
    return {"x": [[1.0], [1.0, 2.0]]}, None, None
def failing():
    return 1 / 0
"""


def test_a_function_beside_the_configuration_returns_items(tmp_path: Path) -> None:
    written(tmp_path, "own_items.py", FUNCTION)
    raw = read_raw(DataSource(python="own_items:items"), tmp_path)
    assert raw.inputs["x"].tolist() == [[1, 2], [3, 4]]
    assert raw.labels is not None and raw.labels.tolist() == [0, 1]
    assert read_raw(DataSource(python="own_items:only_inputs"), tmp_path).labels is None


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("own_items2:nothing", "cannot be imported"),
        ("own_items2:wrong", r"must return \(inputs, labels or None"),
        ("own_items2:one_label", r"must return \(inputs, labels or None"),
        ("own_items2:ragged", r"must return \(inputs, labels or None"),
        ("own_items2:failing", "own_items2:failing: raised ZeroDivisionError: division by zero"),
    ],
)
def test_a_function_that_does_not_fit_is_a_configuration_error(function: str, message: str, tmp_path: Path) -> None:
    written(tmp_path, "own_items2.py", FUNCTION)
    with pytest.raises(ConfigError, match=message):
        read_raw(DataSource(python=function), tmp_path)


def test_a_module_that_is_not_there_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no_such_module:items: cannot be imported from"):
        read_raw(DataSource(python="no_such_module:items"), tmp_path)


@pytest.mark.parametrize("content", ["1 / 0", "def items(:", "import no_such_module_either"])
def test_a_module_that_cannot_be_imported_is_a_configuration_error(content: str, tmp_path: Path) -> None:
    name = f"own_items_{len(content)}"
    written(tmp_path, f"{name}.py", content)
    with pytest.raises(ConfigError, match=f"{name}:items: cannot be imported from"):
        read_raw(DataSource(python=f"{name}:items"), tmp_path)


def test_a_missing_file_says_where_paths_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"not there; paths start at the folder of edgeci\.yaml"):
        read(tmp_path, "nothing.npz")


def test_an_unknown_kind_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"use \.arrow, \.csv, .*\.parquet or an image folder"):
        read(tmp_path, written(tmp_path, "a.xlsx", b"PK"))


def test_sources_of_one_content_give_the_same_items(tmp_path: Path) -> None:
    tensor = Tensor(name="x", dtype="float32", shape=("n", 3))
    np.savez(tmp_path / "a.npz", x=MATRIX.astype(np.float64))
    np.save(tmp_path / "a.npy", MATRIX.astype(np.float64))
    written(tmp_path, "a.csv", "a,b,c\n" + "\n".join(",".join(map(str, row)) for row in MATRIX.tolist()))
    written(tmp_path, "a.jsonl", "\n".join(f'{{"x": {row}}}' for row in MATRIX.tolist()))
    sources = [
        read_samples(DataSource(path=f"a.{kind}"), tmp_path, [tensor]) for kind in ("npz", "npy", "csv", "jsonl")
    ]
    assert all(samples.digests() == sources[0].digests() for samples in sources)
    for samples in sources:
        np.testing.assert_array_equal([feeds["x"][0] for feeds in samples], MATRIX)
