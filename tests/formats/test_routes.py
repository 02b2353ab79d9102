from typing import Any, get_args

import pytest

from edgeci.formats.routes import ROUTES, TITLES, refusal
from edgeci.types import Format

FORMATS: tuple[Any, ...] = get_args(Format)
RUNNABLE = [wanted for wanted in FORMATS if wanted != "safetensors"]
"""Bare safetensors are nobody's to run."""
MISSING = [(source, wanted) for source in FORMATS for wanted in RUNNABLE if wanted not in ROUTES[source]]


def test_there_is_no_route_from_onnx_to_gguf_and_the_one_there_is_is_named() -> None:
    message = str(refusal("onnx", "gguf"))
    assert message.startswith("there is no route from ONNX to GGUF: ")
    assert message.endswith("quantize from the Hugging Face folder")


@pytest.mark.parametrize("wanted", ["gguf", "mlx", "openvino_ir", "onnx"])
def test_the_hugging_face_folder_leads_everywhere(wanted: Any) -> None:
    assert refusal("huggingface", wanted) is None


@pytest.mark.parametrize("source", ["gguf", "mlx"])
def test_a_runtimes_own_copy_stays_with_it(source: Any) -> None:
    assert [wanted for wanted in ("gguf", "mlx", "openvino_ir", "onnx") if refusal(source, wanted) is None] == [source]


def test_every_format_has_a_name_and_routes() -> None:
    assert set(ROUTES) == set(TITLES) == set(FORMATS)


@pytest.mark.parametrize(("source", "wanted"), MISSING)
def test_a_refusal_has_a_reason_and_a_way_round(source: Any, wanted: Any) -> None:
    message = str(refusal(source, wanted))
    assert message.count("\n") == 0
    assert "{" not in message
    assert message.partition("; ")[2].split()[0] in ("use", "quantize"), message


def test_an_intermediate_representation_is_taken_from_the_model_it_was_made_of() -> None:
    assert str(refusal("openvino_ir", "onnx")).endswith("use the Hugging Face or ONNX model it was made from")
