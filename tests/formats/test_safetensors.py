"""Reading a safetensors header: what it says, and what is refused by name."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeci.errors import BackendMissing, InputRejected
from edgeci.formats.safetensors import LONGEST_HEADER, read, read_header
from tests.models.model_files import WEIGHTS, framed, safetensors

EMBEDDING_BYTES = WEIGHTS["embedding"].nbytes


def written(folder: Path, content: bytes) -> Path:
    path = folder / "model.safetensors"
    path.write_bytes(content)
    return path


def test_tensors_are_told_by_dtype_and_elements(tmp_path: Path) -> None:
    header = read_header(written(tmp_path, safetensors(metadata={"format": "pt"})))
    assert header.tensors == {"embedding": ("float32", 1024), "norm": ("float32", 64)}
    assert header.metadata == {"format": "pt"}
    assert header.dtypes == {"float32": 1088}


def test_a_scalar_and_an_empty_tensor_are_tensors(tmp_path: Path) -> None:
    tensors = {"scalar": np.float32(1).reshape(()), "empty": np.zeros((0, 4), np.float32)}
    assert read_header(written(tmp_path, safetensors(tensors))).dtypes == {"float32": 1}


def test_a_file_alone_names_the_folder_to_give(tmp_path: Path) -> None:
    with pytest.raises(
        BackendMissing, match="2 tensors and no word on what to do with them; give the Hugging Face folder"
    ):
        read(str(written(tmp_path, safetensors())))


HOSTILE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "0 bytes, less than the length"),
    "a header longer than the file": (
        framed(b"{}", length=2**63),
        "a header of 9223372036854775808 bytes in a file of 10",
    ),
    "a header shorter than it is": (framed(safetensors()[8:], length=20), "its header: not JSON"),
    "no JSON": (framed(b"{'a': 1}"), "not JSON"),
    "no UTF-8": (framed(b'{"\xff": 1}'), "not JSON"),
    "a list": (framed(b"[1, 2]"), "no object"),
    "nesting without end": (framed(b'{"a":' * 100_000), "not JSON"),
    "a number without end": (framed(b'{"a": ' + b"9" * 10_000 + b"}"), "not JSON"),
    "a key twice": (framed(b'{"a": 1, "a": 2}'), "a key is given twice"),
    "metadata that is none": (framed(b'{"__metadata__": 3}'), "its __metadata__ is no object"),
    "an entry that is none": (safetensors(norm=5), "'norm' lacks dtype, shape or data_offsets"),
    "an unknown dtype": (safetensors(norm={"dtype": "F99"}), "'norm' has the unknown dtype 'F99'"),
    "a dtype that is a list": (safetensors(norm={"dtype": ["F32"]}), "'norm' has the unknown dtype"),
    "a dtype of another size": (safetensors(norm={"dtype": "F16"}), "64 elements of F16 do not take 256 bytes"),
    "a shape of another size": (safetensors(norm={"shape": [65]}), "65 elements of F32 do not take 256 bytes"),
    "a negative shape": (safetensors(norm={"shape": [-64]}), r"'norm' has the shape \[-64\]"),
    "a shape of texts": (safetensors(norm={"shape": "64"}), "'norm' has the shape '64'"),
    "an absurd shape": (safetensors(norm={"shape": [2**40, 2**40]}), "'norm' has the shape"),
    "a shape of truths": (safetensors(norm={"shape": [True]}), "'norm' has the shape"),
    "offsets that go back": (safetensors(norm={"data_offsets": [4352, 4096]}), "'norm' has the offsets"),
    "three offsets": (safetensors(norm={"data_offsets": [0, 1, 2]}), "'norm' has the offsets"),
    "an overlap": (safetensors(norm={"data_offsets": [0, 256]}), "starts at byte 0, the one before it ends at 256"),
    "a gap": (safetensors(norm={"data_offsets": [4100, 4356]}), f"starts at byte 4100, .* ends at {EMBEDDING_BYTES}"),
    "data that is not described": (safetensors() + b"secret", "its tensors take 4352 bytes, the file holds 4358"),
    "data that is not there": (safetensors()[:-10], "its tensors take 4352 bytes, the file holds 4342"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_by_what_is_wrong(name: str, tmp_path: Path) -> None:
    content, reason = HOSTILE[name]
    with pytest.raises(InputRejected, match=f"not a sound safetensors file: .*{reason}"):
        read_header(written(tmp_path, content))


def test_a_header_that_would_fill_the_memory_is_not_read(tmp_path: Path) -> None:
    path = written(tmp_path, framed(b"{", length=LONGEST_HEADER + 1))
    with path.open("r+b") as stream:
        stream.truncate(2 * LONGEST_HEADER)
    with pytest.raises(InputRejected, match="at most 33554432 are read"):
        read_header(path)


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    small: dict[str, Any] = {"a": np.zeros((2, 3), np.float16), "b": np.zeros(4, np.uint8)}
    content = bytearray(safetensors(small, {"format": "pt"}))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
    path = tmp_path_factory.getbasetemp() / "mutant.safetensors"
    path.write_bytes(content)
    try:
        assert all(count >= 0 for _, count in read_header(path).tensors.values())
    except InputRejected as refusal:
        assert str(path) in str(refusal)
