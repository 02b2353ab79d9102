"""One row a format: no format without one, and no two that could be taken for each other."""

from collections import Counter
from typing import get_args

import pytest

from edgeci.formats import huggingface, onnx, openvino_ir
from edgeci.formats.catalogue import CATALOGUE, ROWS, tensor_counter
from edgeci.formats.intake import FOLDERS, MAIN
from edgeci.types import Format


def test_every_format_has_one_row() -> None:
    assert Counter(row.name for row in ROWS) == Counter(get_args(Format))
    assert set(CATALOGUE) == set(get_args(Format))


def test_a_format_is_a_folder_or_has_a_main_file_with_its_own_suffix() -> None:
    assert set(FOLDERS) == {"huggingface", "mlx"}
    assert set(MAIN) == set(CATALOGUE) - set(FOLDERS)
    assert all(name.endswith(CATALOGUE[kind].suffixes) for kind, name in MAIN.items())


def test_a_suffix_has_one_counter() -> None:
    for suffix in (suffix for row in ROWS for suffix in row.suffixes):
        assert len({row.tensor_types for row in ROWS if suffix in row.suffixes}) == 1, suffix


def test_whoever_gives_a_reason_gives_it_for_what_there_is_no_route_to() -> None:
    for row in ROWS:
        assert not row.reasons.keys() & set(row.becomes), row.name


@pytest.mark.parametrize(
    ("suffix", "counter"),
    [
        (".onnx", onnx.tensor_types),
        (".xml", openvino_ir.parameter_dtypes),
        (".json", huggingface.tensor_types),
        (".safetensors", huggingface.tensor_types),
        (".ort", onnx.tensor_types),
    ],
)
def test_the_weights_of_a_candidate_are_counted_by_its_main_file(suffix: str, counter: object) -> None:
    assert tensor_counter(suffix) is counter


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"GGUF\x03<net", "gguf"),
        (b'<?xml version="1.0"?><net', "openvino_ir"),
        (b"\x10\0\0\0\0\0\0\0{", "safetensors"),
        (b"\x08\x07\x12\x07pytorch", None),
    ],
)
def test_the_first_mark_in_a_head_is_the_formats(head: bytes, kind: Format | None) -> None:
    assert next((row.name for row in ROWS if row.mark is not None and row.mark.is_in(head)), None) == kind
