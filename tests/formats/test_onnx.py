"""Reading an ONNX header: what a model says about itself, and what is refused."""

import io
import json
import os
import pickle
import random
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx as framework
import pytest
from onnx import ModelProto, TensorProto, helper

import edgeci
from edgeci.config import Limits
from edgeci.errors import BackendFailed, ConfigError, InputRejected
from edgeci.formats import onnx
from edgeci.formats.intake import copy_in, open_regular
from edgeci.formats.sniffing import sniff
from edgeci.isolation.process import Worker, ask_once
from edgeci.types import DataSource, Items, Job, Recipe, Target, Tensor
from edgeci.work.answering import look
from tests.models import onnx_models as models
from tests.models.onnx_models import saved

CLASSIFIER = Path(edgeci.__file__).parent / "quickstart/model.onnx"
PRODUCTS = 64 * 96 + 96 * 10
OUTSIDE = ["../secret", "/etc/passwd", "*/_ORT_MEM_ADDR_/*", "weights/../../secret", "..\\secret", ""]


def codes(proto: ModelProto, folder: Path) -> set[str]:
    return {concern.code for concern in onnx.read(str(saved(proto, folder))).concerns}


def test_the_packaged_classifier_says_what_it_is() -> None:
    answer = onnx.read(str(CLASSIFIER))
    assert answer.parameters == 645_854
    assert answer.parameter_dtypes == {"float32": 645_850, "int64": 4}
    assert answer.operators["Conv"] == 6
    assert answer.inputs == (Tensor(name="image", dtype="float32", shape=("batch", 1, 28, 28)),)
    assert answer.outputs[0].shape == ("batch", 10)
    assert answer.external == answer.concerns == ()
    assert answer.producer.startswith("pytorch")


def test_parameters_are_elements_not_bytes(tmp_path: Path) -> None:
    assert onnx.read(str(saved(models.linear(), tmp_path))).parameters == PRODUCTS


def test_parameters_in_constant_nodes_count(tmp_path: Path) -> None:
    assert onnx.read(str(saved(models.with_constant_weights(), tmp_path))).parameters == PRODUCTS


def test_parameters_in_subgraphs_count(tmp_path: Path) -> None:
    answer = onnx.read(str(saved(models.looping(3), tmp_path)))
    assert answer.parameter_dtypes == {"bool": 1, "float32": 64 * 64, "int64": 1}
    assert answer.operators == {"Identity": 1, "Loop": 1, "MatMul": 1}


def test_parameters_and_operators_in_functions_count(tmp_path: Path) -> None:
    inside = [
        helper.make_node("Constant", [], ["w"], value=models.tensor("w", models.weights(64, 10))),
        helper.make_node("MatMul", ["a", "w"], ["b"]),
    ]
    answer = onnx.read(str(saved(models.with_function(inside), tmp_path)))
    assert answer.parameters == 640
    assert answer.operators == {"Constant": 1, "MatMul": 1, "com.example.Own": 1}
    assert answer.concerns == ()


def test_dtypes_are_counted_apart(tmp_path: Path) -> None:
    proto = models.linear()
    half = models.weights(96, 10).astype(np.float16)
    proto.graph.initializer[1].CopyFrom(models.tensor("w1", half))
    assert onnx.read(str(saved(proto, tmp_path))).parameter_dtypes == {"float16": 960, "float32": 64 * 96}


def test_initializers_listed_as_inputs_are_not_inputs(tmp_path: Path) -> None:
    proto = models.linear()
    proto.graph.input.append(helper.make_tensor_value_info("w0", TensorProto.FLOAT, (64, 96)))
    assert [each.name for each in onnx.read(str(saved(proto, tmp_path))).inputs] == ["x"]


def test_an_axis_is_a_size_a_name_or_unknown(tmp_path: Path) -> None:
    proto = models.linear(shape=("batch", None, 64))
    assert onnx.read(str(saved(proto, tmp_path))).inputs[0].shape == ("batch", None, 64)


def test_external_data_is_named_and_not_loaded(tmp_path: Path) -> None:
    path = models.external_data(tmp_path, "weights/all.bin")
    (tmp_path / "weights/all.bin").write_bytes(b"?" * (tmp_path / "weights/all.bin").stat().st_size)
    answer = onnx.read(str(path))
    assert answer.external == ("weights/all.bin",)
    assert answer.parameters == PRODUCTS


@pytest.mark.parametrize(
    ("build", "code"),
    [
        (models.duplicate_opset, "duplicate-opset"),
        (models.old_opset, "old-opset"),
        (lambda: models.linear(opset=2**40), "unknown-opset"),
        (models.custom_operator, "custom-operator"),
        (models.infinite_loop, "control-flow"),
        (lambda: models.linear(shape=("batch", "length")), "dynamic-shape"),
        (models.with_constant_weights, "constant-weights"),
    ],
)
def test_each_concern_is_found_alone(build: Callable[[], ModelProto], code: str, tmp_path: Path) -> None:
    assert codes(build(), tmp_path) == {code}


def test_a_quantized_model_is_a_concern(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "scale"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "scale"], ["y"]),
    ]
    proto = models.model(nodes, [models.tensor("scale", np.float32(0.1))])
    assert codes(proto, tmp_path) == {"already-quantized"}


@pytest.mark.parametrize(("bits", "packed", "name"), [(4, (10, 2, 16), "int4"), (8, (10, 2, 32), "int8")])
def test_weights_packed_into_bytes_count_as_what_they_hold(
    bits: int, packed: tuple[int, ...], name: str, tmp_path: Path
) -> None:
    node = helper.make_node(
        "MatMulNBits", ["x", "packed", "scales"], ["y"], domain="com.microsoft", K=64, N=10, bits=bits, block_size=32
    )
    tensors = [models.tensor("packed", np.zeros(packed, np.uint8)), models.tensor("scales", np.ones(20, np.float32))]
    answer = onnx.read(str(saved(models.model([node], tensors), tmp_path)))
    assert answer.parameter_dtypes == {"float32": 20, name: 640}
    assert onnx.tensor_types(str(tmp_path / "model.onnx")) == answer.parameter_dtypes


def test_half_precision_is_a_concern(tmp_path: Path) -> None:
    proto = models.linear()
    for index, weight in enumerate(proto.graph.initializer):
        half = framework.numpy_helper.to_array(weight).astype(np.float16)
        proto.graph.initializer[index].CopyFrom(models.tensor(weight.name, half))
    assert codes(proto, tmp_path) == {"half-precision"}


def test_a_plain_model_is_no_concern(tmp_path: Path) -> None:
    assert codes(models.linear(), tmp_path) == set()


def test_a_name_that_ends_in_json_does_not_make_it_json(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_bytes(models.linear().SerializeToString())
    assert onnx.read(str(path)).parameters == PRODUCTS


def pickled() -> bytes:
    return pickle.dumps({"weights": [1, 2]})


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("data.pkl", pickled())
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (models.POINTER, "a Git LFS pointer, not the file itself; run `git lfs pull`"),
        (b"# Our model\n", "text, not a model; set `model` in edgeci.yaml"),
        (pickled(), "a Python pickle, which runs code"),
        (zipped(), "a zip archive"),
    ],
)
def test_what_is_no_model_is_refused_by_its_bytes(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(InputRejected, match=reason):
        sniff(path, 100)


@pytest.mark.parametrize("content", [b"", b"some text", pickled(), zipped(), b"\x08\x07", bytes(1000)])
def test_what_is_no_model_is_refused_by_the_reader_too(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(InputRejected, match="not an ONNX model"):
        onnx.read(str(path))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_model_that_was_cut_short_is_refused(share: float, tmp_path: Path) -> None:
    whole = CLASSIFIER.read_bytes()
    path = tmp_path / "model.onnx"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(InputRejected, match="cut short"):
        onnx.read(str(path))


@pytest.mark.parametrize("location", OUTSIDE)
def test_external_data_outside_the_folder_is_refused(location: str, tmp_path: Path) -> None:
    proto = models.linear()
    proto.graph.initializer[0].CopyFrom(models.at_location(location, "w0"))
    with pytest.raises(InputRejected, match="outside the model's folder"):
        onnx.read(str(saved(proto, tmp_path)))


def in_a_subgraph(outside: TensorProto) -> ModelProto:
    inside = models.body([helper.make_node("Identity", ["go"], ["go_on"])], [outside])
    return models.model([helper.make_node("Loop", ["", "", "x"], ["y"], body=inside)])


def in_an_attribute(outside: TensorProto) -> ModelProto:
    return models.model([helper.make_node("ConstantOfShape", ["x"], ["y"], value=outside)])


def in_a_function(outside: TensorProto) -> ModelProto:
    return models.with_function([helper.make_node("Constant", [], ["b"], value=outside)])


def in_a_list_of_graphs(outside: TensorProto) -> ModelProto:
    """Beside a harmless single graph in the same attribute."""
    node = helper.make_node("If", ["x"], ["y"], then_branch=models.body([]))
    node.attribute[0].graphs.append(models.body([helper.make_node("Constant", [], ["b"], value=outside)]))
    return models.model([node])


def in_sparse_indices(outside: TensorProto) -> ModelProto:
    proto = models.linear()
    proto.graph.sparse_initializer.add().indices.CopyFrom(outside)
    return proto


def in_training(outside: TensorProto) -> ModelProto:
    proto = models.linear()
    proto.training_info.add().algorithm.initializer.append(outside)
    return proto


@pytest.mark.parametrize(
    "hide", [in_a_subgraph, in_an_attribute, in_a_function, in_a_list_of_graphs, in_sparse_indices, in_training]
)
def test_external_data_cannot_hide(hide: Callable[[TensorProto], ModelProto], tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match="outside the model's folder"):
        onnx.read(str(saved(hide(models.at_location("../secret")), tmp_path)))


def test_a_nesting_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(models.nesting_bomb(200))
    with pytest.raises(InputRejected, match="not an ONNX model"):
        onnx.read(str(path))


def test_nesting_that_models_have_is_read(tmp_path: Path) -> None:
    assert onnx.read(str(saved(models.nested(5), tmp_path))).operators == {"If": 2**5 - 1, "Identity": 2**5}


def test_a_name_that_is_not_text_is_refused(tmp_path: Path) -> None:
    content = models.linear().SerializeToString().replace(b"Relu", b"R\xffl\xfe")
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(InputRejected, match="is not text"):
        onnx.read(str(path))


def mutant(content: bytes, chance: random.Random) -> bytes:
    """One to five bytes changed, cut out or put in."""
    result = bytearray(content)
    for _ in range(chance.randrange(1, 6)):
        place = chance.randrange(len(result))
        kind = chance.choice(["change", "change", "cut", "insert"])
        if kind == "change":
            result[place] = chance.randrange(256)
        elif kind == "cut":
            del result[place : place + chance.randrange(1, 50)]
        else:
            result[place:place] = chance.randbytes(chance.randrange(1, 20))
    return bytes(result)


def test_a_damaged_model_is_read_or_refused_and_nothing_else(tmp_path: Path) -> None:
    """Without weights, so that every mutation meets the structure."""
    proto = framework.load(CLASSIFIER)
    for weight in proto.graph.initializer:
        weight.raw_data, weight.dims[:] = b"", [0]
    content, chance, path = proto.SerializeToString(), random.Random(1), tmp_path / "model.onnx"
    refused = 0
    for _ in range(400):
        path.write_bytes(mutant(content, chance))
        try:
            json.dumps(onnx.read(str(path)).model_dump())
        except InputRejected:
            refused += 1
    assert 100 < refused < 400


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").symlink_to(CLASSIFIER)
    with pytest.raises(InputRejected, match="symbolic link"):
        sniff(tmp_path / "model.onnx", 100)


def test_a_second_hard_link_is_refused(tmp_path: Path) -> None:
    path = saved(models.linear(), tmp_path)
    os.link(path, tmp_path / "other.onnx")
    with pytest.raises(InputRejected, match="second hard link"):
        sniff(path, 100)


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model.onnx")
    with pytest.raises(InputRejected, match="not a regular file"):
        sniff(tmp_path / "model.onnx", 100)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises((ConfigError, InputRejected)):
        sniff(tmp_path, 100)


def test_a_missing_model_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not there; set `model`"):
        sniff(tmp_path / "model.onnx", 100)


def test_a_model_above_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    with path.open("wb") as stream:
        stream.truncate(2 * 2**20)
    with pytest.raises(InputRejected, match=r"2 MB, more than limits.model_mb allows \(1\)"):
        open_regular(path, 1)


def test_a_model_is_copied_in_with_its_external_data(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    path = models.external_data(tmp_path / "source", "weights/all.bin")
    copy_in(path, ["weights/all.bin"], tmp_path / "copy", 100)
    for name in ("model.onnx", "weights/all.bin"):
        assert (tmp_path / "copy" / name).read_bytes() == (tmp_path / "source" / name).read_bytes()
        assert stat.S_ISREG((tmp_path / "copy" / name).lstat().st_mode)


def linked_file(folder: Path) -> None:
    (folder / "w.bin").symlink_to("/etc/hostname")


def linked_folder(folder: Path) -> None:
    (folder.parent / "elsewhere").mkdir()
    (folder.parent / "elsewhere/w.bin").write_bytes(b"secret")
    (folder / "sub").symlink_to(folder.parent / "elsewhere")


def hard_link(folder: Path) -> None:
    (folder.parent / "secret").write_bytes(b"secret")
    os.link(folder.parent / "secret", folder / "w.bin")


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "w.bin")


@pytest.mark.parametrize(
    ("prepare", "location"),
    [(linked_file, "w.bin"), (linked_folder, "sub/w.bin"), (hard_link, "w.bin"), (pipe, "w.bin")],
)
def test_external_data_is_never_copied_through_a_link(
    prepare: Callable[[Path], None], location: str, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    prepare(source)
    with pytest.raises(InputRejected):
        copy_in(saved(models.linear(), source), [location], tmp_path / "copy", 100)


@pytest.mark.parametrize("location", OUTSIDE)
def test_external_data_is_never_copied_from_outside(location: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    with pytest.raises(InputRejected, match="outside the model's folder"):
        copy_in(saved(models.linear(), source), [location], tmp_path / "copy", 100)


def test_a_loop_without_end_is_read_and_only_stopped_when_it_runs(tmp_path: Path) -> None:
    path = saved(models.infinite_loop(), tmp_path)
    np.savez(tmp_path / "items.npz", x=np.zeros((2, 64), np.float32))
    job = Job(
        kind="tensors",
        model=str(path),
        recipe=Recipe(backend="onnxruntime", method="as-is"),
        target=Target(name="here"),
        items=Items(source=DataSource(path="items.npz"), folder=str(tmp_path), tensors=onnx.read(str(path)).inputs),
    )
    with pytest.raises(BackendFailed, match="no answer within 6 s"):
        ask_once(Worker(Limits(timeout_seconds=6)), look, job, tmp_path / "outputs.npz", None)
