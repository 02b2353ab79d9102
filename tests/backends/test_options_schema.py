"""The schema of edgeci.yaml knows every option: an editor refuses what `optimize` would."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from edgeci.stages.init import schema

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").rglob("edgeci.yaml"))
SMALLEST = {"model": "model.onnx", "data": {"evaluation": {"path": "evaluation.npz"}}, "targets": [{"name": "cpu"}]}


@cache
def validator() -> jsonschema.Draft202012Validator:
    whole = json.loads(schema())
    jsonschema.Draft202012Validator.check_schema(whole)
    return jsonschema.Draft202012Validator(whole)


def complaints(recipe: dict[str, Any]) -> list[str]:
    document = yaml.safe_load(yaml.safe_dump(SMALLEST | {"recipes": [recipe]}))
    return [error.json_path for error in validator().iter_errors(document)]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_examples_are_valid(path: Path) -> None:
    validator().validate(yaml.safe_load(path.read_text()))


@pytest.mark.parametrize(
    ("backend", "method", "options", "place"),
    [
        ("openvino", "int4-weights", {"symmetric": "false"}, "options.symmetric"),
        ("openvino", "int4-weights", {"ratio": 1.5}, "options.ratio"),
        ("openvino", "int4-weights", {"group_size": 0}, "options.group_size"),
        ("openvino", "int8-ptq", {"ignored": {"nmes": ["a"]}}, "options.ignored"),
        ("onnxruntime", "int8-static", {"calibration": "maximum"}, "options.calibration"),
        ("onnxruntime", "int8-static", {"per_chanel": True}, "options"),
        ("onnxruntime", "as-is", {"per_channel": True}, "options"),
        ("llama_cpp", "q4_k_m", {"imatrix": 1}, "options.imatrix"),
        ("olive", "config", {"evaluator": "agreement"}, "options"),
        ("mlx", "int5", {}, "method"),
    ],
)
def test_a_wrong_option_is_refused_where_it_stands(
    backend: str, method: str, options: dict[str, Any], place: str
) -> None:
    places = complaints({"backend": backend, "method": method, "options": options})
    assert f"$.recipes[0].{place}" in places


@pytest.mark.parametrize(
    ("backend", "method", "options"),
    [
        ("openvino", "int4-weights", {"symmetric": False, "group_size": -1}),
        ("onnxruntime", "int8-static", {"operators": "all"}),
        ("onnxruntime", "int8-static", {"operators": ["Conv"]}),
        ("somebody-elses", "own", {"anything": "at all"}),
    ],
)
def test_a_right_one_and_a_third_party_s_are_taken(backend: str, method: str, options: dict[str, Any]) -> None:
    assert complaints({"backend": backend, "method": method, "options": options}) == []
