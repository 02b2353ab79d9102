"""What an IR's model.xml says about its weights, hostile files included."""

from math import prod
from pathlib import Path

import pytest

from edgeci.errors import InputRejected
from edgeci.formats.openvino_ir import DTYPES, parameter_dtypes, read


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
