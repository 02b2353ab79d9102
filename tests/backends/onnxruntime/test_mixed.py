"""int8-mixed with the real quantizer: what hurts stays float32, within a time."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, TensorProto

from edgeci import deadline
from edgeci.backends.onnxruntime.distance import Reference
from edgeci.backends.onnxruntime.graphs import graph_of
from edgeci.errors import BackendFailed, ConfigError
from edgeci.types import Made
from tests.backends.onnxruntime.test_backend import PICTURES, VECTORS, items, make, recipe, similarity
from tests.models import onnx_models as models
from tests.models.onnx_models import saved


def mixed(source: ModelProto, folder: Path, **options: Any) -> tuple[Made, ModelProto]:
    return make(source, recipe("int8-mixed", **options), folder)


def float_weights(proto: ModelProto) -> set[str]:
    return {
        weight.name
        for weight in proto.graph.initializer
        if weight.data_type == TensorProto.FLOAT and len(weight.dims) == 2
    }


def test_the_products_that_eight_bits_ruin_stay_float_and_the_others_do_not(tmp_path: Path) -> None:
    made, proto = mixed(models.outlying(), tmp_path)
    assert float_weights(proto) == {"w1", "w2"}
    assert "2 of 4 nodes are int8" in made.notes[-1] and "20 calibration items, max_error 0.1" in made.notes[-1]
    assert similarity(tmp_path, VECTORS) > 0.99


def test_static_int8_of_the_same_model_is_ruined(tmp_path: Path) -> None:
    make(models.outlying(), recipe("int8-static"), tmp_path)
    assert Reference(tmp_path / "source/model.onnx", VECTORS, 60).distance(tmp_path / "made/model.onnx") > 0.9


def test_what_static_int8_does_as_well_is_no_candidate(tmp_path: Path) -> None:
    with pytest.raises(BackendFailed, match=r"int8-static does the same: with all 2 nodes .* lower max_error"):
        mixed(models.linear(), tmp_path)


def test_a_bound_that_only_float_keeps_gives_the_closest_and_says_so(tmp_path: Path) -> None:
    made, proto = mixed(models.outlying(), tmp_path, max_error=0)
    assert 0 < len(float_weights(proto)) < 4
    assert "none is within it, this is the closest; raise max_error" in made.notes[-1]


def test_nodes_that_are_excluded_are_not_searched(tmp_path: Path) -> None:
    source = models.outlying()
    for number, node in enumerate(source.graph.node):
        node.name = f"node{number}"
    made, proto = mixed(source, tmp_path, nodes_to_exclude=["node0"])
    assert float_weights(proto) == {"w0", "w1", "w2"}
    assert "1 of 3 nodes are int8" in made.notes[-1]


def test_whoever_stops_waiting_soon_is_told_that_the_time_was_up(tmp_path: Path) -> None:
    deadline.answer_within(0)
    try:
        with pytest.raises(
            BackendFailed, match=r"no selection is closer than int8-static: 1 tried in .* raise `seconds`"
        ):
            mixed(models.outlying(), tmp_path)
    finally:
        deadline.answer_within(float("inf"))


@pytest.mark.parametrize("calibration", ["entropy", "percentile"])
def test_every_calibration_is_taken_once_and_kept(calibration: str, tmp_path: Path) -> None:
    mixed(models.outlying(), tmp_path, calibration=calibration, max_error=0.2)
    assert similarity(tmp_path, VECTORS) > 0.95


def test_it_needs_calibration_data(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"int8-mixed needs calibration data; set data\.calibration"):
        make(models.outlying(), recipe("int8-mixed"), tmp_path, samples=None)


def test_a_model_without_weights_is_no_candidate(tmp_path: Path) -> None:
    with pytest.raises(BackendFailed, match="nothing was quantized"):
        mixed(models.without_weights(), tmp_path)


@pytest.mark.parametrize("source", [models.old_opset(), models.convolution()])
def test_convolutions_are_searched_too(source: ModelProto, tmp_path: Path) -> None:
    made, _ = make(source, recipe("int8-mixed", max_error=0.001), tmp_path, PICTURES)
    assert "of 2 nodes are int8" in made.notes[-1]


@pytest.mark.parametrize("name", ["first", "bias"])
@pytest.mark.parametrize("method", ["int8-static", "int8-dynamic", "int8-mixed"])
def test_a_node_that_preprocessing_fuses_stays_float_all_the_same(name: str, method: str, tmp_path: Path) -> None:
    """Its name is gone then, and the quantizers ignore what they do not know."""
    options = {"max_error": 0.0} if method == "int8-mixed" else {}
    if method == "int8-mixed":
        with pytest.raises(BackendFailed, match="nothing was quantized: no node"):
            make(models.with_bias(), recipe(method, nodes_to_exclude=[name], **options), tmp_path)
        return
    _, proto = make(models.with_bias(), recipe(method, nodes_to_exclude=[name]), tmp_path)
    assert float_weights(proto) == {"w0"}


def test_fusing_gives_a_node_another_name(tmp_path: Path) -> None:
    """If this fails, following nodes through preprocessing is no longer needed."""
    from edgeci.backends.onnxruntime.preprocessing import preprocessed

    source, _ = preprocessed(saved(models.with_bias(), tmp_path), tmp_path)
    assert not {"first", "bias"} & {node.name for node in graph_of(source).node}


def test_a_model_is_at_no_distance_from_itself_and_far_from_another(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    source = saved(models.linear(), tmp_path)
    spoiled = models.linear()
    spoiled.graph.initializer[0].CopyFrom(models.tensor("w0", np.zeros((64, 96), np.float32)))
    reference = Reference(source, items(64, count=100), seconds=60)
    assert reference.count == 32
    assert reference.distance(source) == 0
    assert reference.distance(saved(spoiled, tmp_path / "other")) == pytest.approx(1, abs=0.1)


def test_a_model_that_gives_no_numbers_is_infinitely_far(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    reference = Reference(saved(models.linear(), tmp_path), VECTORS, seconds=60)
    assert reference.distance(saved(models.nan_weights(), tmp_path / "other")) == float("inf")
