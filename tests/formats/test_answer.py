"""A file that claims more than models have is refused before anything has to carry it."""

from pathlib import Path

import pytest
from onnx import ModelProto, TensorProto, helper

from edgeci.formats import onnx, onnx_walk
from tests.formats.onnx_lies import Build, node, refusal, with_nodes
from tests.models import onnx_models as models
from tests.models.onnx_models import saved


def many_outputs() -> ModelProto:
    proto = models.linear()
    proto.graph.output.extend([proto.graph.output[0]] * 4096)
    return proto


def many_inputs() -> ModelProto:
    proto = models.linear()
    for number in range(4096):
        proto.graph.input.add(name=f"x{number}")
    return proto


def named_output(name: str) -> ModelProto:
    return models.model(
        [node("Relu", ["x"], [name])], outputs=[helper.make_tensor_value_info(name, TensorProto.FLOAT, None)]
    )


def named_axes(count: int, length: int) -> ModelProto:
    proto = models.linear()
    for number in range(count):
        shape = ["n" * length] * 32
        proto.graph.input.append(helper.make_tensor_value_info(f"i{number}", TensorProto.FLOAT, shape))
    return proto


def many_opsets() -> ModelProto:
    proto = models.linear()
    for number in range(300):
        proto.opset_import.add(domain=f"d{number}", version=1)
    return proto


TOO_MUCH: dict[str, tuple[Build, str]] = {
    "outputs": (many_outputs, "4097 outputs; at most 4096 are read"),
    "inputs": (many_inputs, "4097 inputs; at most 4096 are read"),
    "opsets": (many_opsets, "301 opsets; at most 256 are read"),
    "operators": (
        lambda: with_nodes(*(node(f"Own{number}", ["x"], [""]) for number in range(4096))),
        "4098 operators; at most 4096 are read",
    ),
    "a name": (lambda: named_output("n" * 5000), "a name of 5000 characters; at most 4096 are read"),
    "an operator's name": (lambda: with_nodes(node("N" * 5000, ["x"], [""])), "a name of 5000 characters"),
    "an axis's name": (lambda: named_axes(1, 5000), "a name of 5000 characters"),
    "many long names": (lambda: named_axes(16, 4000), "names of 2048"),
    "dimensions": (lambda: models.linear(shape=["n"] * 33), "'x' has 33 dimensions"),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_more_than_models_have_is_not_told_on(name: str, tmp_path: Path) -> None:
    build, reason = TOO_MUCH[name]
    assert reason in refusal(build(), tmp_path)


def test_weights_among_the_inputs_are_not_counted_as_inputs(tmp_path: Path) -> None:
    """As exports of opset 8 and before have them, however many."""
    proto = models.linear()
    for number in range(5000):
        proto.graph.initializer.add(name=f"w{number + 2}", data_type=TensorProto.FLOAT, dims=[0])
        proto.graph.input.add(name=f"w{number + 2}")
    assert len(onnx.read(str(saved(proto, tmp_path))).inputs) == 1


def test_a_producer_is_cut_and_a_long_list_of_operators_is_shortened(tmp_path: Path) -> None:
    proto = with_nodes(*(node(f"Own{number}", ["x"], [""], domain="d" * 200) for number in range(20)))
    proto.producer_name = "p" * 10_000
    answer = onnx.read(str(saved(proto, tmp_path)))
    assert len(answer.producer) == 255
    assert [len(concern.message) < 800 for concern in answer.concerns] == [True]


def test_more_parts_than_can_be_walked_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(onnx_walk, "MOST_PARTS", 20)
    assert "more than 20 nodes, attributes, tensors and names" in refusal(
        with_nodes(*[node("Relu", ["x"], [""])] * 20), tmp_path
    )
