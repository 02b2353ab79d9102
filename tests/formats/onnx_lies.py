"""What the tests of ONNX files that lie share: how one is read, and how an honest one is spoiled."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto, NodeProto, TensorProto, helper

from edgeci.errors import InputRejected
from edgeci.formats import onnx
from tests.models import onnx_models as models
from tests.models.onnx_models import saved

Build = Callable[[], ModelProto]


def refusal(proto: ModelProto, folder: Path) -> str:
    """Why it is not let in."""
    path = saved(proto, folder)
    with pytest.raises(InputRejected) as caught:
        onnx.read(str(path))
    said = str(caught.value)
    assert said.startswith(str(path)) and "\n" not in said and len(said) < 600
    return said


def codes(proto: ModelProto, folder: Path) -> set[str]:
    return {concern.code for concern in onnx.read(str(saved(proto, folder))).concerns}


def weight(change: Callable[[TensorProto], object]) -> ModelProto:
    """linear(), whose first weight is changed."""
    proto = models.linear()
    change(proto.graph.initializer[0])
    return proto


def sparse(values: int, indices: list[int], shape: list[int]) -> ModelProto:
    proto = models.linear()
    places = models.tensor("places", np.zeros(indices, np.int64))
    entry = helper.make_sparse_tensor(models.tensor("thin", np.ones(values, np.float32)), places, shape)
    proto.graph.sparse_initializer.append(entry)
    return proto


def node(operator: str, inputs: list[str], outputs: list[str], **about: object) -> NodeProto:
    return helper.make_node(operator, inputs, outputs, **about)


def with_nodes(*nodes: NodeProto) -> ModelProto:
    """linear() with nodes after its own."""
    proto = models.linear()
    proto.graph.node.extend(nodes)
    return proto
