"""Items as a model takes them, and what does not fit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeci.errors import ConfigError, InputRejected
from edgeci.evaluation.samples import Samples, read_samples
from edgeci.types import DataSource, Tensor

VECTOR = Tensor(name="x", dtype="float32", shape=("n", 3))
IMAGE = Tensor(name="image", dtype="float32", shape=("n", 3, 2, 2))


def samples(folder: Path, tensors: Tensor | list[Tensor] = VECTOR, arrays: Any = None, **settings: Any) -> Samples:
    np.savez(folder / "a.npz", **(arrays or {"x": np.arange(12.0).reshape(4, 3), "labels": np.arange(4)}))
    listed = tensors if isinstance(tensors, list) else [tensors]
    return read_samples(DataSource(path="a.npz", **settings), folder, listed)


def pixels(folder: Path, tensor: Tensor = IMAGE, layout: str = "nchw", **settings: Any) -> np.ndarray:
    """One image whose channels hold 0, 51 and 255."""
    shape = {"nchw": (1, 3, 1, 1), "nhwc": (1, 1, 1, 3)}[layout]
    image = np.broadcast_to(
        np.array([0, 51, 255], np.uint8).reshape(shape),
        tuple(size if isinstance(size, int) else 1 for size in tensor.shape),
    )
    return samples(folder, tensor, {"image": image}, layout=layout, **settings).feeds(0)["image"]


def test_one_item_gets_a_batch_dimension_and_the_models_dtype(tmp_path: Path) -> None:
    items = samples(tmp_path)
    feeds = items.feeds(1)["x"]
    assert (len(items), feeds.shape, str(feeds.dtype)) == (4, (1, 3), "float32")
    assert feeds.tolist() == [[3, 4, 5]]


def test_numbers_are_left_alone_where_nothing_is_asked(tmp_path: Path) -> None:
    assert pixels(tmp_path)[0, :, 0, 0].tolist() == [0, 51, 255]


def test_scale_mean_and_std_apply_in_this_order(tmp_path: Path) -> None:
    values = pixels(tmp_path, scale=1 / 255, mean=(0.5, 0.4, 0.3), std=(0.5, 0.25, 0.1))
    assert values[0, :, 1, 1].tolist() == pytest.approx([-1.0, -0.8, 7.0], abs=1e-6)
    assert values.dtype == np.float32


def test_one_mean_is_for_all_channels(tmp_path: Path) -> None:
    assert pixels(tmp_path, mean=(1.0,), std=(2.0,))[0, :, 0, 0].tolist() == [-0.5, 25, 127]


def test_channels_come_last_in_nhwc(tmp_path: Path) -> None:
    last = Tensor(name="image", dtype="float32", shape=("n", 2, 2, 3))
    values = pixels(tmp_path, last, layout="nhwc", mean=(0, 1, 55), std=(1, 10, 100))
    assert values[0, 1, 0].tolist() == [0, 5, 2]


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
def test_a_mean_for_other_channels_is_a_configuration_error(layout: str, tmp_path: Path) -> None:
    shape = ("n", 3, 2, 2) if layout == "nchw" else ("n", 2, 2, 3)
    with pytest.raises(ConfigError, match=rf"mean or std has 2 values, an item has shape .* \({layout}\)"):
        pixels(tmp_path, Tensor(name="image", dtype="float32", shape=shape), layout=layout, mean=(0.1, 0.2))


def test_limit_takes_the_first_items_with_their_labels(tmp_path: Path) -> None:
    items = samples(tmp_path, limit=2)
    assert len(items) == 2
    assert items.labels is not None and items.labels.tolist() == [0, 1]


def test_equal_items_have_equal_digests(tmp_path: Path) -> None:
    first, second, third = samples(tmp_path, arrays={"x": np.array([[1, 2, 3], [1, 2, 3], [1, 2, 4]])}).digests()
    assert first == second != third


@pytest.mark.parametrize("what", ["labels", "slices"])
def test_labels_and_slices_of_another_length_are_a_configuration_error(what: str, tmp_path: Path) -> None:
    arrays = {"x": np.zeros((4, 3)), what: np.arange(3)}
    with pytest.raises(ConfigError, match=rf"a\.npz: 3 {what} for 4 items"):
        samples(tmp_path, arrays=arrays, slices="slices" if what == "slices" else None)


def test_inputs_of_different_length_are_a_configuration_error(tmp_path: Path) -> None:
    other = Tensor(name="z", dtype="float32", shape=("n", 3))
    with pytest.raises(ConfigError, match=r"inputs of different length: \{'x': 4, 'z': 5\}"):
        samples(tmp_path, [VECTOR, other], {"x": np.zeros((4, 3)), "z": np.zeros((5, 3))})


def test_labels_that_are_names_count_in_alphabetical_order(tmp_path: Path) -> None:
    items = samples(tmp_path, arrays={"x": np.zeros((3, 3)), "labels": ["dog", "cat", "dog"]})
    assert items.labels is not None and items.labels.tolist() == [1, 0, 1]
    assert (items.classes, items.are_mapped) == (("cat", "dog"), False)


def test_a_class_map_says_which_label_is_which_class(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_text("dog\nhen\ncat\n")
    arrays = {"x": np.zeros((2, 3)), "labels": ["dog", "cat"]}
    items = samples(tmp_path, arrays=arrays, classes="classes.txt")
    assert items.labels is not None and items.labels.tolist() == [0, 2]
    assert items.are_mapped


def test_an_array_of_no_numbers_is_no_label(tmp_path: Path) -> None:
    arrays = {"x": np.zeros((1, 3)), "labels": np.zeros(1, "V4")}
    with pytest.raises(ConfigError, match=r"labels must be numbers .class indices or targets. or names, found \|V4"):
        samples(tmp_path, arrays=arrays)


def test_a_number_stays_a_number_without_dimensions(tmp_path: Path) -> None:
    rate = Tensor(name="sr", dtype="int64", shape=())
    feeds = samples(tmp_path, [VECTOR, rate], {"x": np.zeros((2, 3)), "sr": np.array([8, 16])}).feeds(1)
    assert (feeds["sr"].shape, feeds["sr"].item()) == ((), 16)


def test_an_input_of_unknown_shape_gets_a_batch_of_one(tmp_path: Path) -> None:
    anything = Tensor(name="x", dtype="float32", shape=None)
    assert samples(tmp_path, anything, {"x": np.zeros((2, 5, 7))}).feeds(0)["x"].shape == (1, 5, 7)


def test_a_fixed_batch_is_filled_with_the_items_that_follow(tmp_path: Path) -> None:
    four = Tensor(name="x", dtype="float32", shape=(4, 3))
    items = samples(tmp_path, four, {"x": np.arange(18.0).reshape(6, 3)})
    assert items.batch == 4
    assert items.feeds(0)["x"][:, 0].tolist() == [0, 3, 6, 9]
    assert items.feeds(4)["x"][:, 0].tolist() == [12, 15, 15, 15]


def test_an_item_that_is_a_whole_batch_is_fed_as_it_is(tmp_path: Path) -> None:
    four = Tensor(name="x", dtype="float32", shape=(4, 3))
    items = samples(tmp_path, four, {"x": np.zeros((2, 4, 3))})
    assert (items.batch, items.feeds(1)["x"].shape) == (1, (4, 3))


def test_no_items_are_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no items"):
        samples(tmp_path, arrays={"x": np.zeros((0, 3))})


def test_the_only_array_feeds_the_only_input(tmp_path: Path) -> None:
    assert samples(tmp_path, arrays={"something": np.ones((2, 3))}).feeds(0)["x"].tolist() == [[1, 1, 1]]


def test_arrays_can_be_mapped_to_inputs(tmp_path: Path) -> None:
    other = Tensor(name="z", dtype="float32", shape=("n", 3))
    arrays = {"left": np.zeros((2, 3)), "right": np.ones((2, 3))}
    feeds = samples(tmp_path, [VECTOR, other], arrays, inputs={"x": "right", "z": "left"}).feeds(0)
    assert feeds["x"].sum() == 3
    assert feeds["z"].sum() == 0


def test_an_input_without_data_names_what_is_there(tmp_path: Path) -> None:
    arrays = {"left": np.zeros((2, 3)), "right": np.ones((2, 3))}
    with pytest.raises(ConfigError, match=r"nothing for model input 'x'; it holds left, right: map them with"):
        samples(tmp_path, arrays=arrays)


@pytest.mark.parametrize("shape", [(2, 4), (2, 3, 4), (2,)])
def test_a_shape_that_the_model_cannot_take_is_a_configuration_error(shape: tuple[int, ...], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="input 'x' takes nx3, an item has"):
        samples(tmp_path, arrays={"x": np.zeros(shape)}).feeds(0)


@pytest.mark.parametrize(("dtype", "values"), [("float32", ["a", "b", "c"]), ("undefined", [1, 2, 3])])
def test_a_dtype_that_cannot_be_made_is_a_configuration_error(dtype: str, values: list[Any], tmp_path: Path) -> None:
    tensor = Tensor(name="x", dtype=dtype, shape=("n", 3))
    with pytest.raises(ConfigError, match=f"input 'x' takes {dtype}, "):
        samples(tmp_path, tensor, {"x": np.array([values])}).feeds(0)


def test_numbers_cannot_be_made_of_texts_by_scaling_them(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="scale, mean and std are for numbers, an item has <U1"):
        samples(tmp_path, arrays={"x": np.array([["a", "b", "c"]])}, scale=2.0).feeds(0)


def test_the_name_of_a_slice_can_be_written_down(tmp_path: Path) -> None:
    arrays = {"x": np.zeros((2, 3)), "kind": np.array(["\ud800", "b"])}
    assert samples(tmp_path, arrays=arrays, slices="kind").slices == ("?", "b")


@pytest.mark.parametrize("order", "<>")
def test_a_text_of_what_is_no_character_is_refused(order: str, tmp_path: Path) -> None:
    """NumPy keeps any 32 bits as a character."""
    kind = np.array([0x7FFFFFFF, 0x61], f"{order}u4").view(f"{order}U1")
    with pytest.raises(InputRejected, match=r"a\.npz: .*a text in it holds what is no character"):
        samples(tmp_path, arrays={"x": np.zeros((2, 3)), "kind": kind}, slices="kind")
