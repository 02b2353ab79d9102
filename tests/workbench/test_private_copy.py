"""The private copy is the very bytes that were assessed: of the main file and of every file that belongs to it."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeci.config import Limits
from edgeci.errors import EdgeciError, WorkspaceError
from edgeci.types import Assessment, ModelFile
from edgeci.workbench.private_copy import changed, take_model_in
from edgeci.workbench.project import Project, open_project
from edgeci.workbench.reading import read_model
from tests.models import model_files, onnx_models
from tests.stages.project_folder import small_project


def project(folder: Path, model: str = "model.onnx") -> Project:
    small_project(folder)
    settings = (folder / "edgeci.yaml").read_text()
    (folder / "edgeci.yaml").write_text(settings.replace("model: model.onnx", f"model: {model}"))
    return open_project(folder / "edgeci.yaml", folder / ".edgeci", lambda message: None)


def with_data(folder: Path) -> tuple[Project, Assessment]:
    opened = project(folder)
    return opened, read_model(onnx_models.external_data(folder, "data/w.bin"), Limits())


def of_text(folder: Path) -> tuple[Project, Assessment]:
    opened = project(folder, "model")
    return opened, read_model(model_files.folder(folder / "model"), Limits())


def test_an_assessment_has_the_digest_of_every_file(tmp_path: Path) -> None:
    _, assessment = with_data(tmp_path)
    model, data = assessment.model, (tmp_path / "data/w.bin").read_bytes()
    assert model.sha256 == hashlib.sha256((tmp_path / "model.onnx").read_bytes()).hexdigest()
    assert model.external == ("data/w.bin",)
    assert [(part.path, part.size_bytes) for part in model.parts] == [("data/w.bin", len(data))]
    assert model.parts[0].sha256 == hashlib.sha256(data).hexdigest()
    assert model.size_bytes == len(data) + (tmp_path / "model.onnx").stat().st_size


def test_the_digest_of_a_folder_is_that_of_its_parts(tmp_path: Path) -> None:
    _, assessment = of_text(tmp_path)
    lines = "\n".join(f"{part.sha256}  {part.path}" for part in assessment.model.parts)
    assert [part.path for part in assessment.model.parts] == sorted(assessment.model.external)
    assert assessment.model.sha256 == hashlib.sha256(lines.encode()).hexdigest()


@pytest.mark.parametrize(
    ("make", "file"), [(with_data, "data/w.bin"), (with_data, "model.onnx"), (of_text, "model/tokenizer.json")]
)
def test_a_file_that_is_swapped_after_assessment_is_noticed(
    make: Callable[[Path], tuple[Project, Assessment]], file: str, tmp_path: Path
) -> None:
    opened, assessment = make(tmp_path)
    content = bytearray((tmp_path / file).read_bytes())
    content[-1] ^= 1
    (tmp_path / file).write_bytes(content)
    with pytest.raises(WorkspaceError, match=rf"{file}: changed since it was assessed; run `edgeci assess` again"):
        take_model_in(opened, assessment)
    assert not (opened.workspace.model).exists()


@pytest.mark.parametrize("make", [with_data, of_text])
def test_a_copy_is_made_once(make: Callable[[Path], tuple[Project, Assessment]], tmp_path: Path) -> None:
    opened, assessment = make(tmp_path)
    take_model_in(opened, assessment)
    copied = {path: path.stat().st_ino for path in opened.workspace.model.rglob("*")}
    for part in assessment.model.parts:
        (tmp_path / part.path).unlink(missing_ok=True)
    take_model_in(opened, assessment)
    assert {path: path.stat().st_ino for path in opened.workspace.model.rglob("*")} == copied


def swap(path: Path) -> None:
    path.write_bytes(path.read_bytes()[::-1])


def remove(path: Path) -> None:
    path.unlink()


def add(path: Path) -> None:
    path.with_name("more.bin").write_bytes(b"more")


def link(path: Path) -> None:
    path.rename(path.parents[2] / "same")
    path.symlink_to(path.parents[2] / "same")


@pytest.mark.parametrize("spoil", [swap, remove, add, link])
def test_a_copy_that_is_not_what_was_assessed_is_made_again(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    opened, assessment = with_data(tmp_path)
    take_model_in(opened, assessment)
    assert changed(opened.workspace.model, assessment.model) is None
    spoil(opened.workspace.model / "data/w.bin")
    assert changed(opened.workspace.model, assessment.model) is not None
    take_model_in(opened, assessment)
    assert changed(opened.workspace.model, assessment.model) is None


def test_the_weights_of_an_ir_are_compared_under_the_name_they_get(tmp_path: Path) -> None:
    (tmp_path / "model.xml").write_bytes(b"<net")
    (tmp_path / "model.bin").write_bytes(b"weights")
    digests = {name: hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("model.xml", "model.bin")}
    part = {"path": "digits.bin", "sha256": digests["model.bin"], "size_bytes": 7}
    model = ModelFile(
        path="digits.xml", format="openvino_ir", sha256=digests["model.xml"], size_bytes=11, parts=(part,)
    )  # type: ignore[arg-type]
    assert changed(tmp_path, model) is None


def test_what_was_assessed_without_its_parts_has_to_be_assessed_again(tmp_path: Path) -> None:
    """By an edgeci that did not note them."""
    opened, assessment = with_data(tmp_path)
    model = json.loads(assessment.model.model_dump_json())
    del model["parts"]
    older = assessment.model_copy(update={"model": ModelFile(**model)})
    with pytest.raises(WorkspaceError, match=r"data/w\.bin: changed since it was assessed"):
        take_model_in(opened, older)


def test_what_belongs_to_a_model_is_told_when_it_is_gone(tmp_path: Path) -> None:
    opened, assessment = with_data(tmp_path)
    (tmp_path / "data/w.bin").unlink()
    with pytest.raises(EdgeciError, match=r"w\.bin: not there; it belongs to the model"):
        take_model_in(opened, assessment)
