"""Parquet, Arrow and data sets of Hugging Face as evaluation data."""

import io
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from PIL import Image

from edgeci.errors import ConfigError, EdgeciError, InputRejected
from edgeci.evaluation.readers import Raw, class_indices, read_raw
from edgeci.types import DataSource


def read(folder: Path, name: str, **settings: Any) -> Raw:
    return read_raw(DataSource(path=name, **settings), folder)


def parquet(folder: Path, columns: dict[str, Any], name: str = "a.parquet") -> Path:
    pyarrow.parquet.write_table(pa.table(columns), folder / name)
    return folder / name


def stream(path: Path, columns: dict[str, Any]) -> None:
    table = pa.table(columns)
    with pa.ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table)


def data_set(folder: Path, **state: Any) -> Path:
    """As `datasets.Dataset.save_to_disk` leaves it, in two files."""
    folder.mkdir()
    stream(folder / "data-00000-of-00002.arrow", {"x": [[1.0, 2.0]], "labels": [0]})
    stream(folder / "data-00001-of-00002.arrow", {"x": [[3.0, 4.0], [5.0, 6.0]], "labels": [1, 2]})
    files = [{"filename": f"data-{number:05}-of-00002.arrow"} for number in range(2)]
    (folder / "state.json").write_text(json.dumps({"_data_files": files, "_split": "test"} | state))
    (folder / "dataset_info.json").write_text("{}")
    return folder


def png(shade: int, mode: str = "RGB") -> bytes:
    content = io.BytesIO()
    Image.new(mode, (2, 2), shade).save(content, format="PNG")
    return content.getvalue()


def test_columns_of_numbers_form_one_input_as_in_a_csv(tmp_path: Path) -> None:
    parquet(tmp_path, {"b": [1, 2], "a": [0.5, None], "labels": ["ant", "bee"], "kind": ["x", "y"]})
    raw = read(tmp_path, "a.parquet", slices="kind")
    np.testing.assert_array_equal(raw.inputs["a"], [[1, 0.5], [2, np.nan]])
    assert raw.columns["b"].tolist() == [[1], [2]]
    assert raw.labels is not None and raw.labels.tolist() == ["ant", "bee"]
    assert raw.slices is not None and raw.slices.tolist() == ["x", "y"]


def test_columns_can_be_dealt_out_to_inputs(tmp_path: Path) -> None:
    parquet(tmp_path, {"a": [1, 2], "b": [3, 4], "c": [5, 6]})
    raw = read(tmp_path, "a.parquet", inputs={"left": "a,b", "right": "c"})
    assert raw.inputs["a,b"].tolist() == [[1, 3], [2, 4]]


def test_lists_of_one_length_are_arrays(tmp_path: Path) -> None:
    fixed = pa.FixedSizeListArray.from_arrays(pa.array([1.0, 2, 3, 4, 5, 6], pa.float32()), 3)
    parquet(tmp_path, {"x": [[[1, 2], [3, 4]], [[5, 6], [7, 8]]], "y": fixed, "labels": [0, 1]})
    raw = read(tmp_path, "a.parquet")
    assert raw.inputs["x"].tolist() == [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
    assert raw.inputs["y"].dtype == np.float32
    assert raw.inputs["y"].tolist() == [[1, 2, 3], [4, 5, 6]]


def test_tensors_dictionaries_and_structs_arrive_too(tmp_path: Path) -> None:
    tensors = pa.FixedShapeTensorArray.from_numpy_ndarray(np.arange(12, dtype=np.float32).reshape(2, 2, 3))
    parquet(
        tmp_path,
        {
            "t": tensors,
            "labels": pa.array(["bee", "ant"]).dictionary_encode(),
            "s": [{"p": 1, "q": [1.5]}, {"p": 2, "q": [2.5]}],
        },
    )
    raw = read(tmp_path, "a.parquet")
    assert raw.inputs["t"].tolist() == np.arange(12).reshape(2, 2, 3).tolist()
    assert raw.labels is not None and raw.labels.tolist() == ["bee", "ant"]
    assert raw.inputs["s.p"].tolist() == [1, 2]
    assert raw.inputs["s.q"].tolist() == [[1.5], [2.5]]


def test_the_index_that_pandas_adds_is_no_value(tmp_path: Path) -> None:
    parquet(tmp_path, {"a": [1.0, 2.0], "__index_level_0__": [7, 9]})
    assert read(tmp_path, "a.parquet").inputs["a"].tolist() == [[1], [2]]


def test_pictures_in_a_table_are_decoded_as_those_of_a_folder(tmp_path: Path) -> None:
    parquet(tmp_path, {"image": [{"bytes": png(7), "path": None}, {"bytes": png(8), "path": "b"}], "label": [1, 0]})
    raw = read(tmp_path, "a.parquet", labels="label", layout="nhwc")
    assert raw.inputs["image"].shape == (2, 2, 2, 3)
    assert raw.inputs["image"][:, 0, 0, 0].tolist() == [7, 8]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"x": [[1, 2], [3]]}, r"column 'x' has lists of 1 to 2 values; pad them to one length"),
        ({"x": [1, None]}, r"column 'x' has nothing \(null\) in row 1; fill it in"),
        ({"x": [[1, None]]}, r"column 'x' has nothing \(null\) in row 1"),
        ({"x": ["a", None]}, r"column 'x' has nothing \(null\) in row 1"),
        ({"x": pa.array([1, 2], pa.timestamp("ms"))}, r"column 'x' is timestamp\[ms\], neither numbers nor texts"),
        ({"x": [b"ab"]}, "column 'x' is binary, neither numbers nor texts"),
        ({"x": [{"bytes": None, "path": "a.png"}]}, "column 'x', row 0: the picture's bytes are not in the table"),
        ({"x": [{"bytes": png(1), "path": ""}, None]}, "column 'x', row 1: the picture's bytes are not"),
    ],
)
def test_what_would_not_arrive_is_refused_with_its_column(
    columns: dict[str, Any], message: str, tmp_path: Path
) -> None:
    parquet(tmp_path, columns)
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, "a.parquet")


@pytest.mark.parametrize("make", [pa.ipc.new_stream, pa.ipc.new_file])
def test_arrow_files_and_streams_are_one_kind(make: Any, tmp_path: Path) -> None:
    table = pa.table({"x": [[1.0, 2.0]], "labels": [3]})
    with make(tmp_path / "a.arrow", table.schema) as writer:
        writer.write_table(table)
    assert read(tmp_path, "a.arrow").inputs["x"].tolist() == [[1, 2]]


def test_a_saved_data_set_is_all_its_files_in_order(tmp_path: Path) -> None:
    data_set(tmp_path / "saved")
    raw = read(tmp_path, "saved")
    assert raw.inputs["x"].tolist() == [[1, 2], [3, 4], [5, 6]]
    assert raw.labels is not None and raw.labels.tolist() == [0, 1, 2]
    assert class_indices(DataSource(path="saved"), tmp_path) == {}


def test_a_folder_of_parquet_files_is_all_of_them_in_order(tmp_path: Path) -> None:
    (tmp_path / "shards").mkdir()
    parquet(tmp_path / "shards", {"x": [[3]]}, "test-00001-of-00002.parquet")
    parquet(tmp_path / "shards", {"x": [[1], [2]]}, "test-00000-of-00002.parquet")
    assert read(tmp_path, "shards").inputs["x"].tolist() == [[1], [2], [3]]


def test_files_of_different_columns_are_refused(tmp_path: Path) -> None:
    (tmp_path / "shards").mkdir()
    parquet(tmp_path / "shards", {"x": [1]}, "a.parquet")
    parquet(tmp_path / "shards", {"y": [1]}, "b.parquet")
    with pytest.raises(ConfigError, match="its files have different columns"):
        read(tmp_path, "shards")


def test_a_data_set_of_splits_names_them(tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    (tmp_path / "all/dataset_dict.json").write_text('{"splits": ["test"]}')
    data_set(tmp_path / "all/test")
    with pytest.raises(ConfigError, match=r"a data set of splits \(test\); name the folder of one"):
        read(tmp_path, "all")


@pytest.mark.parametrize("name", ["../a.arrow", "/etc/passwd", "", None, 3])
def test_a_data_set_reads_no_file_that_lies_elsewhere(name: Any, tmp_path: Path) -> None:
    data_set(tmp_path / "saved", _data_files=[{"filename": name}])
    with pytest.raises(InputRejected, match="names no files of this folder"):
        read(tmp_path, "saved")


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
def test_a_damaged_table_is_read_or_refused_and_nothing_else(name: str, tmp_path: Path) -> None:
    columns = {"x": [[1, 2], [3, 4]], "t": ["a", "b"], "labels": [0, 1]}
    parquet(tmp_path, columns) if name == "a.parquet" else stream(tmp_path / name, columns)
    whole, chance, refused = (tmp_path / name).read_bytes(), random.Random(7), 0
    for _ in range(200):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        (tmp_path / name).write_bytes(damaged)
        try:
            read(tmp_path, name)
        except EdgeciError:
            refused += 1
    assert refused > 20


def test_without_pyarrow_the_remedy_is_named(tmp_path: Path) -> None:
    parquet(tmp_path, {"x": [1]})
    program = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from pathlib import Path\n"
        "from edgeci.evaluation.readers import read_raw\n"
        "from edgeci.types import DataSource\n"
        "read_raw(DataSource(path='a.parquet'), Path(sys.argv[1]))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False)
    assert "BackendMissing" in done.stderr
    assert f"{sys.executable} -m pip install pyarrow" in done.stderr
