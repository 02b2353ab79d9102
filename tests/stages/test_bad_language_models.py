"""A bad language model is one clear line with a remedy and its own exit code, and a good one is let in whole."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeci.types import Planned, Recipe
from edgeci.workbench.project import workspace_at
from tests.models import model_files as files
from tests.stages.project_folder import Done, complaint, edgeci

CONFIG = """\
model: {model}
data:
  evaluation: {{path: evaluation.jsonl}}
metric: cross_entropy
targets:
  - name: cpu
    backends: [bigram]
propose: false
limits: {{timeout_seconds: 60, memory_mb: 4096, model_mb: 1}}
"""


def assessed(folder: Path, model: str) -> Done:
    (folder / "edgeci.yaml").write_text(CONFIG.format(model=model))
    return edgeci(folder, "assess", "--json")


def truncated_gguf(folder: Path) -> str:
    content = files.gguf()
    (folder / "model.gguf").write_bytes(content[: len(content) // 2])
    return "model.gguf"


def hostile_gguf(folder: Path) -> str:
    (folder / "model.gguf").write_bytes(files.gguf(counts=(2**62, 2**62)))
    return "model.gguf"


def encoder_gguf(folder: Path) -> str:
    (folder / "model.gguf").write_bytes(files.gguf(files.METADATA | {"general.architecture": "bert"}))
    return "model.gguf"


def without_tokenizer(folder: Path) -> str:
    files.folder(folder / "model", tokenizer__json=b"")
    return "model"


def lying_shard(folder: Path) -> str:
    files.folder(folder / "model", model__safetensors=files.framed(b"{}", length=2**60))
    return "model"


def lying_file(folder: Path) -> str:
    (folder / "model.safetensors").write_bytes(files.safetensors(norm={"data_offsets": [0, 256]}))
    return "model.safetensors"


def lone_file(folder: Path) -> str:
    (folder / "model.safetensors").write_bytes(files.safetensors())
    return "model.safetensors"


def only_pickles(folder: Path) -> str:
    files.folder(folder / "model", model__safetensors=b"", pytorch_model__bin=b"\x80\x04.")
    return "model"


def classifier(folder: Path) -> str:
    files.folder(folder / "model", files.CONFIG | {"architectures": ["BertForSequenceClassification"]})
    return "model"


def link_inside(folder: Path) -> str:
    (files.folder(folder / "model") / "vocab.json").symlink_to("/etc/hostname")
    return "model"


def too_large(folder: Path) -> str:
    """Each file is small enough, all of them together are not."""
    padding = b'{"chat_template": "' + b"x" * 600_000 + b'"}'
    files.folder(folder / "model", tokenizer_config__json=padding, vocab__json=padding)
    return "model"


@pytest.mark.parametrize(
    ("make", "code", "message"),
    [
        (truncated_gguf, 7, "model.gguf: not a sound GGUF file: cut short"),
        (hostile_gguf, 7, "4611686018427387904 tensors in a file of"),
        (encoder_gguf, 4, "bert continues no text, and no pooling_type says that it embeds one; export the model"),
        (without_tokenizer, 7, "no tokenizer (tokenizer.json), so no text can be given to the model; save it beside"),
        (lying_shard, 7, "model.safetensors: not a sound safetensors file: a header of 1152921504606846976 bytes"),
        (lying_file, 7, "not a sound safetensors file: the tensor 'embedding' starts at byte 0, the one before it"),
        (lone_file, 4, "give the Hugging Face folder they belong to, with config.json and tokenizer.json"),
        (only_pickles, 7, "pickled weights, which run code when they are read; save the model as safetensors"),
        (classifier, 4, "BertForSequenceClassification is no language model that continues text"),
        (link_inside, 7, "vocab.json: a symbolic link; give a copy without links"),
        (too_large, 7, "1 MB in all, more than limits.model_mb allows (1)"),
    ],
)
def test_a_bad_language_model_is_one_line(make: Callable[[Path], str], code: int, message: str, tmp_path: Path) -> None:
    assert message in complaint(assessed(tmp_path, make(tmp_path)), code)


def test_a_folder_is_assessed_whole(tmp_path: Path) -> None:
    files.sharded(tmp_path / "model")
    done = assessed(tmp_path, "model")
    assert done.code == 0, done.err
    assessment = done.records[0]
    model = assessment["model"]
    assert (assessment["kind"], assessment["architecture"], model["format"]) == ("text", "llama", "huggingface")
    assert model["size_bytes"] == sum((tmp_path / "model" / name).stat().st_size for name in model["external"])


def test_any_file_of_a_folder_changes_its_digest_and_a_stranger_does_not(tmp_path: Path) -> None:
    path = files.folder(tmp_path / "model")
    first = assessed(tmp_path, "model").records[0]["model"]["sha256"]
    (path / "notes.txt").write_text("not of the model")
    assert assessed(tmp_path, "model").records[0]["model"]["sha256"] == first
    (path / "generation_config.json").write_text("{}")
    assert assessed(tmp_path, "model").records[0]["model"]["sha256"] != first


def test_a_folder_that_changed_since_it_was_assessed_is_not_taken_in(tmp_path: Path) -> None:
    """Whatever was to be tried: the model is taken in before anything else is looked at."""
    path = files.folder(tmp_path / "model")
    assert assessed(tmp_path, "model").code == 0
    planned = Planned(target="cpu", recipe=Recipe(backend="bigram", method="as-is"))
    workspace_at(tmp_path / ".edgeci").write("plan", [planned], Planned)
    (path / "tokenizer_config.json").write_text("{}")
    said = complaint(edgeci(tmp_path, "optimize"), 8)
    assert "changed since it was assessed; run `edgeci assess` again" in said
    assert not (tmp_path / ".edgeci" / "model").exists()
    shutil.rmtree(path)
    assert "not there" in complaint(edgeci(tmp_path, "optimize"), 2)
