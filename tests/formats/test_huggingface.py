"""Reading a language model's folder: what belongs to it, what it says, and what is refused."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeci.errors import BackendMissing, InputRejected
from edgeci.formats import huggingface, huggingface_weights
from edgeci.formats.intake import copy_in
from edgeci.formats.sniffing import sniff
from edgeci.work.reading import precision
from tests.models.model_files import CONFIG, WEIGHTS, folder, mlx, safetensors, sharded
from tests.models.onnx_models import POINTER

SHARD = "model-00001-of-00002.safetensors"


def codes(path: Path) -> set[str]:
    return {concern.code for concern in huggingface.read(str(path)).concerns}


def test_a_folder_says_what_the_model_is(tmp_path: Path) -> None:
    answer = huggingface.read(str(folder(tmp_path)))
    assert (answer.format, answer.kind, answer.architecture) == ("huggingface", "text", "llama")
    assert answer.parameter_dtypes == {"float32": 1088}
    assert answer.concerns == ()
    assert answer.details == {
        "class": "LlamaForCausalLM",
        "context_length": 128,
        "embedding_length": 64,
        "layers": 2,
        "heads": 4,
        "vocabulary": 16,
        "dtype": "float32",
        "tokenizer": "BPE",
        "chat_template": "{{ messages }}",
    }


def test_only_what_belongs_to_the_model_is_its_own(tmp_path: Path) -> None:
    strangers = {
        "README__md": b"#",
        "secret__key": b"k",
        "modeling__py": b"import os",
        "other__safetensors": safetensors(),
    }
    path = folder(tmp_path, generation_config__json=b"{}", chat_template__jinja=b"{{ 1 }}", **strangers)
    answer = huggingface.read(str(path))
    assert answer.external == (
        "chat_template.jinja",
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    )
    assert answer.details["chat_template"] == "{{ 1 }}"


def test_shards_are_read_as_the_index_says(tmp_path: Path) -> None:
    answer = huggingface.read(str(sharded(tmp_path)))
    assert answer.parameters == 1088
    assert {SHARD, "model.safetensors.index.json"} < set(answer.external)


@pytest.mark.parametrize("bits", [3, 4, 8])
def test_packed_weights_of_mlx_count_as_what_they_hold(bits: int, tmp_path: Path) -> None:
    answer = huggingface.read(str(mlx(tmp_path, bits)))
    assert answer.format == "mlx"
    assert answer.parameter_dtypes == {"float16": 64 + 2 * 32, f"int{bits}": 1024}
    assert answer.parameters == 1024 + 64, "scales and biases are no parameters"
    assert precision(tmp_path / "config.json") == f"int{bits} 89%, float16 11%"
    assert codes(tmp_path) == {"already-quantized"}


def test_a_layer_of_mlx_may_have_bits_of_its_own(tmp_path: Path) -> None:
    mixed = {"group_size": 64, "bits": 4, "embedding": {"group_size": 32, "bits": 8}}
    assert "int8" in huggingface.read(str(mlx(tmp_path, 8, quantization=mixed))).parameter_dtypes


def test_bits_that_the_scales_deny_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match=r"config\.json says 8 bits in groups of 32, but 'embedding' has 128 words"):
        huggingface.read(str(mlx(tmp_path, 4, quantization={"group_size": 32, "bits": 8})))


@pytest.mark.parametrize("lie", [{"bits": 0}, {"bits": 7}, {"bits": "4"}, {"group_size": None}, {"mode": "\x1b[31m"}])
def test_a_quantization_that_mlx_has_not_is_refused(lie: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match="is quantized as nothing MLX knows"):
        huggingface.read(str(mlx(tmp_path, quantization={"group_size": 32, "bits": 4} | lie)))


def test_weights_that_mlx_saved_unquantized_are_told_by_their_mark(tmp_path: Path) -> None:
    path = folder(tmp_path, model__safetensors=safetensors(metadata={"format": "mlx"}))
    assert huggingface.read(str(path)).format == "mlx"


TIED, UNTIED = {"tie_word_embeddings": True}, {"tie_word_embeddings": False}


def with_head(embeddings: str = "model.embed_tokens.weight") -> bytes:
    matrix = WEIGHTS["embedding"]
    return safetensors({embeddings: matrix, "lm_head.weight": matrix, "norm": WEIGHTS["norm"]})


def half() -> bytes:
    return safetensors({name: content.astype(np.float16) for name, content in WEIGHTS.items()})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"config": CONFIG | {"auto_map": {"AutoModel": "modeling.Own"}}}, "remote-code"),
        ({"tokenizer_config__json": b'{"auto_map": {}}'}, "remote-code"),
        ({"modeling__py": b"import os"}, "left-out"),
        ({"pytorch_model__bin": b"\x80\x04"}, "left-out"),
        ({"config": CONFIG | {"quantization_config": {"quant_method": "gptq", "bits": 4}}}, "already-quantized"),
        ({"model__safetensors": half()}, "half-precision"),
        ({"adapter_config__json": b'{"peft_type": "LORA"}'}, "adapter-left-out"),
        ({"adapter_model__safetensors": safetensors()}, "adapter-left-out"),
        ({"config": CONFIG | TIED, "model__safetensors": with_head()}, "two-heads"),
    ],
)
def test_each_concern_is_found_alone(changes: dict[str, Any], code: str, tmp_path: Path) -> None:
    assert codes(folder(tmp_path, **changes)) == {code}


@pytest.mark.parametrize(
    "config",
    [
        CONFIG | {"architectures": ["BertForSequenceClassification"]},
        {"architectures": ["CLIPModel"], "model_type": "clip"},
    ],
)
def test_what_continues_no_text_names_the_way_by_onnx(config: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(BackendMissing, match=r"no language model that continues text .*optimum-cli export onnx"):
        huggingface.read(str(folder(tmp_path, config)))


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"config__json": b""}, "no config.json"),
        ({"config__json": b"[]"}, "config.json: JSON, but no object"),
        ({"config__json": b"{" * 5000}, "config.json: not JSON"),
        ({"config__json": b'{"a": "' + b"x" * 2**20 + b'"}'}, "config.json: 1048585 bytes, more than 1048576"),
        ({"tokenizer__json": b""}, r"no tokenizer \(tokenizer.json\)"),
        ({"tokenizer__json": b"{}"}, "no tokenizer .it has no `model`"),
        ({"tokenizer__json": b"\xff"}, "tokenizer.json: not JSON"),
        ({"model__safetensors": b""}, "no model.safetensors and no model.safetensors.index.json"),
        ({"model__safetensors": b"", "pytorch_model__bin": b"\x80"}, "pickled weights, which run code"),
        ({"model__safetensors": b"", "m__gguf": b"GGUF"}, "give the .gguf file itself"),
        ({"model__safetensors": safetensors({})}, "hold no tensors"),
        ({"model__safetensors": safetensors()[:-1]}, "not a sound safetensors file"),
    ],
)
def test_a_damaged_folder_is_refused_by_what_is_wrong(files: dict[str, bytes], reason: str, tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match=reason):
        huggingface.read(str(folder(tmp_path, **files)))


@pytest.mark.parametrize("config", [CONFIG | {"architectures": []}, {"model_type": "llama"}])
def test_a_folder_that_names_no_class_is_told_what_to_write(config: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match=r"config\.json: no `architectures`.*\[\"LlamaForCausalLM\"\]"):
        huggingface.read(str(folder(tmp_path, config)))


def test_a_head_is_where_config_says(tmp_path: Path) -> None:
    assert codes(folder(tmp_path / "own", CONFIG | UNTIED, model__safetensors=with_head())) == set()
    assert codes(folder(tmp_path / "tied", CONFIG | TIED)) == set()
    with pytest.raises(InputRejected, match="says `tie_word_embeddings: false`, and the weights hold no head"):
        huggingface.read(str(folder(tmp_path / "none", CONFIG | UNTIED)))


def test_embeddings_are_as_large_as_config_says(tmp_path: Path) -> None:
    path = folder(tmp_path, CONFIG | {"vocab_size": 20}, model__safetensors=with_head())
    with pytest.raises(InputRejected, match=r"1280 numbers, and model\.embed_tokens\.weight holds 1024"):
        huggingface.read(str(path))


def test_an_adapter_alone_is_told_to_be_merged(tmp_path: Path) -> None:
    files = {"adapter_config__json": b"{}", "adapter_model__safetensors": safetensors()}
    alone = folder(tmp_path / "alone", config__json=b"", model__safetensors=b"", **files)
    with pytest.raises(InputRejected, match=r"an adapter \(LoRA\), .* merge it into its base"):
        sniff(alone, 100)
    with pytest.raises(InputRejected, match=r"no model\.safetensors but an adapter \(LoRA\)"):
        huggingface.read(str(folder(tmp_path / "configured", model__safetensors=b"", **files)))


@pytest.mark.parametrize("value", [-1, 2**80, "many", 1.5, True])
def test_a_count_that_is_none_is_refused(value: Any, tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match="its layers is"):
        huggingface.read(str(folder(tmp_path, CONFIG | {"num_hidden_layers": value})))


@pytest.mark.parametrize(
    ("weight_map", "reason"),
    [
        ({}, "no weight_map"),
        ({"norm": 3}, "no weight_map"),
        ({"norm": "../secret.safetensors"}, "is no safetensors file in the folder"),
        ({"norm": "/etc/passwd"}, "is no safetensors file in the folder"),
        ({"norm": "sub\\x.safetensors"}, "is no safetensors file in the folder"),
        ({"norm": "pytorch_model.bin"}, "is no safetensors file in the folder"),
        (
            {"norm": "gone.safetensors"},
            "no gone.safetensors, which model.safetensors.index.json names; fetch every shard",
        ),
        ({"embedding": SHARD, "ghost": SHARD}, "says that 'ghost' is in"),
    ],
)
def test_an_index_that_lies_is_refused(weight_map: dict[str, Any], reason: str, tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match=reason):
        huggingface.read(str(sharded(tmp_path, weight_map)))


def test_a_tensor_in_two_shards_is_refused(tmp_path: Path) -> None:
    (sharded(tmp_path) / SHARD).write_bytes(safetensors())
    with pytest.raises(InputRejected, match="the tensor 'norm' is in"):
        huggingface.read(str(tmp_path))


def test_weights_beside_an_index_of_others_are_ambiguous(tmp_path: Path) -> None:
    (sharded(tmp_path) / "model.safetensors").write_bytes(safetensors())
    with pytest.raises(InputRejected, match="remove those that are not the model"):
        huggingface.read(str(tmp_path))


BELONGING = (
    "config.json",
    "model.safetensors",
    "model.safetensors.index.json",
    "tokenizer.json",
    "tokenizer.model",
    "merges.txt",
    "generation_config.json",
    "chat_template.jinja",
)


@pytest.mark.parametrize("name", BELONGING)
def test_a_pointer_of_git_lfs_among_the_models_files_is_told_with_its_remedy(name: str, tmp_path: Path) -> None:
    (folder(tmp_path) / name).write_bytes(POINTER)
    with pytest.raises(InputRejected, match=f"{name}: a Git LFS pointer, not the file itself; run `git lfs pull`"):
        huggingface.read(str(tmp_path))


def test_a_pointer_of_git_lfs_in_place_of_a_shard_is_told_with_its_remedy(tmp_path: Path) -> None:
    (sharded(tmp_path) / SHARD).write_bytes(POINTER)
    with pytest.raises(InputRejected, match=f"{SHARD}: a Git LFS pointer, .*`lfs: true`"):
        huggingface.read(str(tmp_path))


def test_a_pointer_of_git_lfs_that_does_not_belong_to_the_model_may_stay(tmp_path: Path) -> None:
    assert codes(folder(tmp_path, pytorch_model__bin=POINTER)) == {"left-out"}


def test_more_tensors_than_models_have_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(huggingface_weights, "MOST_TENSORS", 1)
    with pytest.raises(InputRejected, match="more than 1 tensors; no model has as many"):
        huggingface.read(str(sharded(tmp_path)))


def test_an_index_of_one_file_is_what_mlx_writes(tmp_path: Path) -> None:
    index = {"weight_map": dict.fromkeys(WEIGHTS, "model.safetensors")}
    path = folder(tmp_path, model__safetensors__index__json=json.dumps(index).encode())
    assert huggingface.read(str(path)).parameters == 1088


def test_halves_of_characters_are_replaced(tmp_path: Path) -> None:
    config = json.dumps(CONFIG | {"model_type": "X", "_name_or_path": "X"}).replace('"X"', r'"\ud800"').encode()
    answer = huggingface.read(str(folder(tmp_path, config__json=config)))
    assert json.dumps(answer.model_dump(), ensure_ascii=False).encode()
    assert answer.architecture == "?"


def test_a_folder_is_let_in_by_its_config(tmp_path: Path) -> None:
    assert sniff(folder(tmp_path / "model"), 100) == "huggingface"
    (tmp_path / "model/config.json").unlink()
    with pytest.raises(InputRejected, match=r"a folder without config\.json; give a model file, or"):
        sniff(tmp_path / "model", 100)


def link_to_file(path: Path) -> None:
    (path / "model.safetensors").rename(path.parent / "elsewhere")
    (path / "model.safetensors").symlink_to(path.parent / "elsewhere")


def link_to_folder(path: Path) -> None:
    (path / "more").symlink_to("/etc")


def second_name(path: Path) -> None:
    os.link(path / "tokenizer.json", path.parent / "other.json")


def pipe(path: Path) -> None:
    os.mkfifo(path / "generation_config.json")


@pytest.mark.parametrize("spoil", [link_to_file, link_to_folder, second_name, pipe])
def test_a_folder_with_a_link_in_it_is_refused(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    spoil(folder(tmp_path / "model"))
    with pytest.raises(InputRejected, match=r"symbolic link; give a copy|second hard link|not a regular file"):
        sniff(tmp_path / "model", 100)


def test_a_link_to_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder(tmp_path / "model"))
    with pytest.raises(InputRejected, match="a symbolic link"):
        sniff(tmp_path / "link", 100)


def test_a_folder_is_copied_in_without_what_does_not_belong(tmp_path: Path) -> None:
    source = folder(tmp_path / "source", modeling__py=b"import os")
    external = huggingface.read(str(source)).external
    (tmp_path / "copy").mkdir()
    copy_in(source, external, tmp_path / "copy", 100, "huggingface")
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == list(external)
    assert (tmp_path / "copy/config.json").read_bytes() == (source / "config.json").read_bytes()
