"""What an IR's model.xml says about its weights, hostile files included."""

from math import prod
from pathlib import Path

import pytest

from edgeci.errors import InputRejected
from edgeci.formats.openvino_graph import DTYPES
from edgeci.formats.openvino_ir import parameter_dtypes, read
from edgeci.types import Tensor
from tests.models.onnx_models import POINTER


def constant(shape: str, element_type: str = "f32", size: int | None = None, offset: int = 0) -> str:
    """Of the size that its shape takes, where it is one."""
    if size is None:
        numbers = [int(number) for number in shape.split(",") if number.strip(" 0123456789") == "" and number.strip()]
        size = -(-prod(numbers) * DTYPES[element_type][1] // 8)
    data = f'element_type="{element_type}" shape="{shape}" offset="{offset}" size="{size}"'
    return f'<layer type="Const"><data {data} /></layer>'


def xml(folder: Path, text: str) -> Path:
    path = folder / "model.xml"
    path.write_text(text)
    return path


def net(folder: Path, *layers: str) -> Path:
    return xml(folder, f'<?xml version="1.0"?><net version="11"><layers>{"".join(layers)}</layers></net>')


def test_elements_are_counted_per_dtype(tmp_path: Path) -> None:
    path = net(tmp_path, constant("64,3,3"), constant("8", "i4"), constant("", "i8"), constant("2, 2", "f32"))
    assert parameter_dtypes(path) == {"float32": 580, "int4": 8, "int8": 1}


def test_inputs_are_not_weights(tmp_path: Path) -> None:
    path = net(tmp_path, '<layer type="Parameter"><data element_type="f32" shape="?,3" /></layer>')
    assert parameter_dtypes(path) == {}


def test_constants_in_the_body_of_a_branch_count(tmp_path: Path) -> None:
    body = f"<then_body><layers>{constant('5')}</layers></then_body>"
    assert parameter_dtypes(net(tmp_path, f'<layer type="If">{body}</layer>', constant("2"))) == {"float32": 7}


def test_a_type_that_numpy_has_not_keeps_its_name(tmp_path: Path) -> None:
    assert parameter_dtypes(net(tmp_path, constant("4", "nf4"))) == {"nf4": 4}


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE net [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><net>&b;</net>'
    with pytest.raises(InputRejected, match="document type"):
        parameter_dtypes(xml(tmp_path, bomb))


@pytest.mark.parametrize("shape", ["-1", "?", "1,,2", "9" * 20, ",".join(["2"] * 33), "\u0663"])
def test_a_shape_that_is_none_is_refused(tmp_path: Path, shape: str) -> None:
    with pytest.raises(InputRejected, match="shape"):
        parameter_dtypes(net(tmp_path, constant(shape)))


@pytest.mark.parametrize("text", ["", "no xml", "<net><layers>", "<html></html>", "<net></net><net></net>"])
def test_what_is_no_ir_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputRejected, match="not an OpenVINO IR"):
        parameter_dtypes(xml(tmp_path, text))


def test_any_depth_is_read_without_recursion(tmp_path: Path) -> None:
    assert parameter_dtypes(net(tmp_path, "<body>" * 20_000 + constant("3") + "</body>" * 20_000)) == {"float32": 3}


PARAMETER = """<layer id="0" name="one" type="Parameter"><data shape="?,3,1..8" element_type="f32" />
<output><port id="0" precision="FP32" names="image,alias"><dim>-1</dim><dim>3</dim><dim>-1</dim></port></output>
</layer>"""
RESULT = """<layer id="9" name="sink" type="Result" output_names="a\\,b,c">
<input><port id="0" precision="I64"><dim>10</dim></port></input></layer>"""


def whole(folder: Path, *layers: str, weights: int = 0) -> str:
    path = net(folder, PARAMETER, *layers, RESULT)
    if weights:
        path.with_suffix(".bin").write_bytes(bytes(weights))
    return str(path)


def test_inputs_and_outputs_have_the_names_they_are_asked_for_by(tmp_path: Path) -> None:
    answer = read(whole(tmp_path))
    assert answer.inputs == (Tensor(name="image", dtype="float32", shape=(None, 3, None)),)
    assert answer.outputs == (Tensor(name="a,b", dtype="int64", shape=(10,)),)
    assert [concern.code for concern in answer.concerns] == ["dynamic-shape"]


def test_the_ports_of_a_body_are_no_inputs(tmp_path: Path) -> None:
    body = f"<body><layers>{PARAMETER}{RESULT}</layers></body>"
    answer = read(whole(tmp_path, f'<layer type="Loop">{body}</layer>'))
    assert len(answer.inputs) == len(answer.outputs) == 1
    assert answer.operators == {"Loop": 1}


def test_the_weights_are_beside_it_and_long_enough(tmp_path: Path) -> None:
    assert read(whole(tmp_path, constant("100", offset=24), weights=424)).external == ("model.bin",)
    with pytest.raises(InputRejected, match="423 bytes, but the weights end at byte 424"):
        read(whole(tmp_path, constant("100", offset=24), weights=423))
    (tmp_path / "model.bin").unlink()
    with pytest.raises(InputRejected, match=r"its weights, model\.bin, are not beside it; put that file there"):
        read(whole(tmp_path, constant("100")))


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (constant("100", size=1), "100 elements of f32 does not take 1 bytes"),
        (constant("100", offset=-4), "a constant has the offset '-4'"),
        (constant("1").replace('size="4"', f'size="{"9" * 30}"'), "a constant has the size '9999"),
    ],
)
def test_a_constant_that_lies_is_refused(layer: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match=reason):
        read(whole(tmp_path, layer))


@pytest.mark.parametrize(
    ("layers", "code"),
    [
        ((constant("100", "i8"), constant("4")), "already-quantized"),
        ((constant("100", "f16"),), "half-precision"),
        (('<layer type="ReadValue" />', '<layer type="Assign" />'), "stateful"),
        (('<layer type="TensorIterator" />',), "control-flow"),
    ],
)
def test_each_concern_is_found(layers: tuple[str, ...], code: str, tmp_path: Path) -> None:
    answer = read(whole(tmp_path, *layers, weights=500))
    assert {concern.code for concern in answer.concerns} == {"dynamic-shape", code}


def test_a_pointer_of_git_lfs_in_place_of_the_weights_is_told_with_its_remedy(tmp_path: Path) -> None:
    path = whole(tmp_path, constant("100"))
    (tmp_path / "model.bin").write_bytes(POINTER)
    with pytest.raises(InputRejected, match=r"model\.bin: a Git LFS pointer, not the file itself; run `git lfs pull`"):
        read(path)


def test_weights_behind_a_link_are_refused(tmp_path: Path) -> None:
    path = whole(tmp_path, constant("100"))
    (tmp_path / "model.bin").symlink_to("elsewhere")
    with pytest.raises(InputRejected, match=r"model\.bin: a symbolic link"):
        read(path)


@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        ((constant("4").replace("f32", "f33"),), "a constant has the unknown element type 'f33'"),
        ((constant("8", "u3", size=2),), "8 elements of u3 does not take 2 bytes"),
        ((constant("8", "string", size=31),), "8 elements of string does not take 31 bytes"),
        ((PARAMETER,) * 4096, "4097 inputs; at most 4096 are read"),
        ((RESULT,) * 4096, "4097 outputs; at most 4096 are read"),
        (tuple(f'<layer type="Own{number}" />' for number in range(4097)), "4097 operators; at most 4096 are read"),
        ((PARAMETER.replace("image", "n" * 5000),), "a name of 5000 characters; at most 4096 are read"),
    ],
)
def test_more_than_models_have_is_not_told_on(layers: tuple[str, ...], reason: str, tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match=reason):
        read(whole(tmp_path, *layers, weights=500))


@pytest.mark.parametrize(("element_type", "size"), [("u3", 3), ("u6", 6), ("string", 70), ("u2", 2), ("f4e2m1", 4)])
def test_types_of_newer_releases_are_let_in(element_type: str, size: int, tmp_path: Path) -> None:
    """Eight elements; OpenVINO pads some, and texts are as long as they are."""
    assert read(whole(tmp_path, constant("8", element_type, size=size), weights=500)).parameters == 8
