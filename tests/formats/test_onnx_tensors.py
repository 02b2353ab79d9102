"""ONNX tensors that lie about their data, one fault a row: each is refused by name, its honest relative is let in."""

from pathlib import Path

import pytest
from onnx import AttributeProto, ModelProto, TensorProto, helper

from edgeci.errors import InputRejected
from edgeci.formats import onnx
from edgeci.formats.onnx_tensors import BITS, dtype_name
from tests.formats.onnx_lies import Build, refusal, sparse, weight
from tests.models import onnx_models as models
from tests.models.onnx_models import saved


def dims(*sizes: int) -> ModelProto:
    return weight(lambda tensor: tensor.dims.__setitem__(slice(None), sizes))


def typed(dtype: int, shape: list[int], **data: list[float]) -> ModelProto:
    """A weight with data in a typed field, which may be too many or too few."""
    tensor = TensorProto(name="w0", data_type=dtype, dims=shape)
    for field, values in data.items():
        getattr(tensor, field).extend(values)
    return weight(lambda old: old.CopyFrom(tensor))


def raw(dtype: int, shape: list[int], content: bytes) -> ModelProto:
    tensor = TensorProto(name="w0", data_type=dtype, dims=shape, raw_data=content)
    return weight(lambda old: old.CopyFrom(tensor))


def hidden(attribute: AttributeProto) -> ModelProto:
    """A tensor in an attribute, under a type that denies it."""
    node = helper.make_node("Relu", ["x"], ["y"])
    attribute.type = AttributeProto.INT
    node.attribute.append(attribute)
    return models.model([node])


LYING_TENSORS: dict[str, tuple[Build, str]] = {
    "16 bytes for 2^40 elements": (lambda: raw(1, [2**40], bytes(16)), "take 4398046511104 bytes, and 16 are there"),
    "one byte too few": (lambda: raw(1, [3], bytes(11)), "3 elements of float32 take 12 bytes, and 11 are there"),
    "one byte too many": (lambda: raw(10, [3], bytes(7)), "3 elements of float16 take 6 bytes, and 7 are there"),
    "half a byte too many": (lambda: raw(22, [3], bytes(3)), "3 elements of int4 take 2 bytes, and 3 are there"),
    "nothing at all": (lambda: typed(1, [3]), "take 3 entries of float_data, and 0 are there"),
    "floats that are too few": (lambda: typed(1, [3], float_data=[1, 2]), "take 3 entries of float_data, and 2"),
    "half a complex number": (lambda: typed(14, [2], float_data=[1, 2, 3]), "take 4 entries of float_data, and 3"),
    "int4 that are not packed": (lambda: typed(22, [4], int32_data=[1] * 4), "take 2 entries of int32_data, and 4"),
    "doubles of another size": (lambda: typed(11, [2**50 >> 3], double_data=[1]), "take .* entries of double_data"),
    "data of another type": (lambda: typed(1, [1], int32_data=[1]), "float32 lies in float_data, and it has int32"),
    "texts as bytes": (lambda: raw(8, [1], b"a"), "string lies in string_data, and it has raw_data"),
    "data twice": (lambda: weight(lambda tensor: tensor.float_data.append(1)), "lies in float_data, and it has raw"),
    "no element type": (lambda: typed(0, [1], float_data=[1]), "element type undefined, of which nothing can be kept"),
    "an unknown element type": (lambda: typed(99, [1], float_data=[1]), "unknown element type 99"),
    "a negative size": (lambda: dims(2, -1), "a negative one"),
    "a thousand dimensions": (lambda: dims(*[3] * 1000), "1000 dimensions"),
    "elements beyond all files": (lambda: dims(2**40, 2**40), "claims 1208925819614629174706176 elements"),
    "a size in another size's place": (lambda: dims(64, 95), "6080 elements of float32 take 24320 bytes, and 24576"),
    "a constant": (
        lambda: models.model([helper.make_node("Constant", [], ["y"], value=TensorProto(data_type=1, dims=[2**40]))]),
        "1099511627776 elements of float32",
    ),
    "a tensor under another type": (
        lambda: hidden(AttributeProto(name="a", t=TensorProto(data_type=1, dims=[9]))),
        "9 elements of float32",
    ),
    "sparse values without indices": (lambda: sparse(3, [2], [8]), "'thin' has 3 values and 2 indices"),
    "sparse values for a dense 2^47": (lambda: sparse(1, [1], [2**47]), "'thin' claims 1 values of 140737488355328"),
    "more sparse values than places": (lambda: sparse(3, [3], [2]), "'thin' claims 3 values of 2"),
}


@pytest.mark.parametrize("name", LYING_TENSORS)
def test_a_tensor_that_lies_about_its_data_is_refused(name: str, tmp_path: Path) -> None:
    build, reason = LYING_TENSORS[name]
    with pytest.raises(InputRejected, match=f"not a sound ONNX model: .*{reason}"):
        onnx.read(str(saved(build(), tmp_path)))


TRUE_TENSORS: dict[str, Build] = {
    "a scalar": lambda: raw(1, [], bytes(4)),
    "nothing of nothing": lambda: typed(1, [0, 4]),
    "no bytes of nothing": lambda: raw(1, [4, 0], b""),
    "half floats as integers": lambda: typed(10, [3], int32_data=[15360] * 3),
    "brain floats as integers": lambda: typed(16, [3], int32_data=[16256] * 3),
    "eighth floats as integers": lambda: typed(17, [3], int32_data=[56] * 3),
    "truths as integers": lambda: typed(9, [2], int32_data=[0, 1]),
    "int4 two in one": lambda: typed(22, [5], int32_data=[1] * 3),
    "int4 as bytes": lambda: raw(22, [5], bytes(3)),
    "int2 four in one": lambda: raw(26, [5], bytes(2)),
    "complex numbers": lambda: typed(14, [2], float_data=[1] * 4),
    "large complex numbers": lambda: typed(15, [2], double_data=[1] * 4),
    "unsigned in the wider field": lambda: typed(12, [2], uint64_data=[1, 2]),
    "sparse by linear index": lambda: sparse(3, [3], [4, 2]),
    "sparse by coordinates": lambda: sparse(3, [3, 2], [4, 2]),
}


@pytest.mark.parametrize("name", TRUE_TENSORS)
def test_a_tensor_that_says_what_it_holds_is_let_in(name: str, tmp_path: Path) -> None:
    if name.startswith("int2") and not hasattr(TensorProto, "INT2"):
        pytest.skip("this onnx has no int2")
    assert onnx.read(str(saved(TRUE_TENSORS[name](), tmp_path))).operators == {"MatMul": 2, "Relu": 1}


def test_every_element_type_of_onnx_is_known() -> None:
    known = {dtype_name(value.number) for value in TensorProto.DataType.DESCRIPTOR.values}
    assert known - {"undefined"} <= BITS.keys()


def test_texts_are_as_many_as_they_say(tmp_path: Path) -> None:
    words = helper.make_tensor("words", TensorProto.STRING, [2], [b"a", b"b"])
    proto = models.linear()
    proto.graph.initializer.append(words)
    assert onnx.read(str(saved(proto, tmp_path))).parameter_dtypes["string"] == 2
    proto.graph.initializer[-1].dims[:] = [3]
    assert "3 elements of string take 3 entries of string_data, and 2 are there" in refusal(proto, tmp_path)


def beside(folder: Path, **entries: str) -> ModelProto:
    """linear(), its first weight in a file of just its size."""
    tensor = models.at_location("w.bin", "w0")
    (folder / "w.bin").write_bytes(bytes(64 * 96 * 4))
    for key, value in entries.items():
        tensor.external_data.add(key=key, value=value)
    return weight(lambda old: old.CopyFrom(tensor))


LYING_PLACES: dict[str, tuple[dict[str, str], str]] = {
    "before the file": ({"offset": "-8"}, "an offset or a length of '-8'"),
    "as far as numbers go": (
        {"offset": str(2**63 - 1)},
        "ends at byte 9223372036854800383 of 'w.bin', which has 24576",
    ),
    "further than numbers go": ({"offset": "9" * 30}, "an offset or a length of '9999"),
    "a word": ({"offset": "here"}, "an offset or a length of 'here'"),
    "a number that is none": ({"offset": "\u0663"}, "an offset or a length of"),
    "nothing": ({"length": ""}, "an offset or a length of ''"),
    "one byte beyond the end": ({"offset": "1"}, "ends at byte 24577 of 'w.bin', which has 24576 (cut short?)"),
    "shorter than its dims": ({"length": "16"}, "takes 24576 bytes, and says that it has a length of 16"),
    "longer than its dims": ({"length": "24577"}, "takes 24576 bytes, and says that it has a length of 24577"),
}


@pytest.mark.parametrize("name", LYING_PLACES)
def test_a_place_outside_the_external_file_is_refused(name: str, tmp_path: Path) -> None:
    entries, reason = LYING_PLACES[name]
    assert reason in refusal(beside(tmp_path, **entries), tmp_path)


@pytest.mark.parametrize("entries", [{}, {"offset": "0"}, {"length": "0"}, {"length": "24576", "checksum": "ab"}])
def test_a_place_inside_the_external_file_is_let_in(entries: dict[str, str], tmp_path: Path) -> None:
    assert onnx.read(str(saved(beside(tmp_path, **entries), tmp_path))).external == ("w.bin",)


def test_a_place_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    proto = beside(tmp_path, offset="0")
    proto.graph.initializer[0].external_data.add(key="offset", value="8")
    assert "says twice where it lies" in refusal(proto, tmp_path)


def test_data_both_here_and_in_a_file_is_refused(tmp_path: Path) -> None:
    proto = beside(tmp_path)
    proto.graph.initializer[0].raw_data = bytes(64 * 96 * 4)
    assert "lies in a file, and yet has data here" in refusal(proto, tmp_path)


def test_a_file_that_is_not_there_is_told_by_its_name(tmp_path: Path) -> None:
    proto = beside(tmp_path)
    (tmp_path / "w.bin").unlink()
    assert "weights of it lie in 'w.bin', which is not there; put that file beside the model" in refusal(
        proto, tmp_path
    )


def test_a_pointer_of_git_lfs_in_place_of_weights_is_told_with_its_remedy(tmp_path: Path) -> None:
    path = saved(beside(tmp_path), tmp_path)
    (tmp_path / "w.bin").write_bytes(models.POINTER)
    with pytest.raises(InputRejected, match=r"w\.bin: a Git LFS pointer, .* run `git lfs pull` .*`lfs: true`"):
        onnx.read(str(path))


@pytest.mark.parametrize("location", ["w.bin", "sub/w.bin"])
def test_external_data_is_not_looked_at_through_a_link(location: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/w.bin").write_bytes(bytes(64 * 96 * 4))
    (tmp_path / "model").mkdir()
    (tmp_path / "model/w.bin").symlink_to("../elsewhere/w.bin")
    (tmp_path / "model/sub").symlink_to("../elsewhere")
    path = saved(weight(lambda old: old.CopyFrom(models.at_location(location, "w0"))), tmp_path / "model")
    with pytest.raises(
        InputRejected, match=r"a symbolic link; give|outside the model's folder through a linked folder"
    ):
        onnx.read(str(path))


def test_a_model_cannot_be_its_own_weights(tmp_path: Path) -> None:
    proto = weight(lambda old: old.CopyFrom(models.at_location("model.onnx", "w0")))
    assert "its weights are said to lie in 'model.onnx', which is the model itself" in refusal(proto, tmp_path)
