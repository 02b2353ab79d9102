"""What ships: only what passed, whole, checkable and the same every time."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from edgeci.errors import InputRejected, WorkspaceError
from edgeci.records import decode
from edgeci.types import Release
from tests.stages.builders import RECIPE, REPORTS, SLOW, SOURCE, Scene, scene


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def sha256sum(folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["sha256sum", "--check", "--strict", "checksums.txt"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_bundle_holds_the_model_the_record_the_reports_and_the_configuration(tmp_path):
    given = scene(tmp_path, files={"model.onnx": b"graph", "data/model.onnx.data": b"weights"})
    [made] = given.release()
    held = contents(given.bundle())
    assert held["model/model.onnx"] == b"graph"
    assert held["model/data/model.onnx.data"] == b"weights"
    assert {name: held[f"reports/{name}"] for name in REPORTS} == REPORTS
    assert held["edgeci.yaml"] == (tmp_path / "edgeci.yaml").read_bytes()
    assert decode(held["edgeci.json"], Release, "edgeci.json") == [made]
    assert set(held) - {"edgeci.json", "checksums.txt"} == {file.path for file in made.files}


def test_the_record_holds_everything_needed_to_audit_it(tmp_path):
    given = scene(tmp_path)
    [made] = given.release()
    assert made.measurements == given.evidence.measurements
    assert made.verdicts == given.evidence.verdicts
    assert (made.candidate.recipe, made.hardware) == (RECIPE, given.evidence.hardware)
    assert made.assessment == given.evidence.assessment


def test_sha256sum_accepts_the_checksums_and_they_cover_every_other_file(tmp_path):
    given = scene(tmp_path, files={"my model (1).onnx": b"graph", "-n": b"weights", "*": b"more"})
    given.release()
    checked = sha256sum(given.bundle())
    assert (checked.returncode, checked.stderr) == (0, "")
    assert len(checked.stdout.splitlines()) == len(contents(given.bundle())) - 1


def test_the_same_evidence_gives_the_same_bytes_whatever_the_umask(tmp_path):
    given = scene(tmp_path)
    given.release()
    first = contents(given.bundle())
    before = os.umask(0o077)
    try:
        given.release()
    finally:
        os.umask(before)
    assert contents(given.bundle()) == first
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in given.bundle().rglob("*"))


def test_each_target_has_its_own_verdicts_and_samples(tmp_path):
    given = scene(tmp_path, targets=({"name": "cpu"}, {"name": "edge", "threads": 2}))
    for made in given.release():
        assert {item.target for item in (*made.verdicts, *made.measurements)} == {made.target.name}


def test_without_a_winner_nothing_is_released_and_nothing_is_raised(tmp_path):
    given = scene(tmp_path, latency=SLOW)
    assert given.release() == []
    assert not given.bundle().exists()


def test_what_an_earlier_run_released_goes_when_its_target_has_no_winner_any_more(tmp_path):
    scene(tmp_path).release()
    given = scene(tmp_path, latency=SLOW)
    assert given.release() == []
    assert list(given.workspace.release.iterdir()) == []


def test_no_release_of_another_run_stays_and_nothing_of_the_users_goes(tmp_path):
    given = scene(tmp_path)
    with given.workspace.fresh_folder(given.workspace.release / "old-target") as folder:
        (folder / "edgeci.json").write_text("{}")
    (given.workspace.release / "notes").mkdir()
    (given.workspace.release / "link").symlink_to(tmp_path)
    given.release()
    assert sorted(path.name for path in given.workspace.release.iterdir()) == ["cpu", "link", "notes"]
    assert (tmp_path / "edgeci.yaml").exists()


def only(given: Scene, name: str, **changes) -> Scene:
    """The same workspace, asked about one target."""
    targets = tuple(target for target in given.evidence.targets if target.name == name)
    given.evidence = given.evidence.model_copy(update={"targets": targets, **changes})
    return given


def test_releasing_one_target_leaves_the_others_release(tmp_path):
    given = scene(tmp_path, targets=({"name": "cpu"}, {"name": "edge"}))
    given.release()
    assert [made.target.name for made in only(given, "cpu").release()] == ["cpu"]
    assert given.bundle("edge").is_dir()


def test_a_target_that_lost_its_winner_loses_its_release_even_when_nobody_asks_about_it(tmp_path):
    given = scene(tmp_path, targets=({"name": "cpu"}, {"name": "edge"}))
    given.release()
    cpu, edge = given.evidence.decisions
    only(given, "cpu", decisions=(cpu, edge.model_copy(update={"outcome": "failed", "winner": None}))).release()
    assert [path.name for path in given.workspace.release.iterdir()] == ["cpu"]


def test_a_candidate_that_changed_after_it_was_measured_is_not_released(tmp_path):
    given = scene(tmp_path)
    (given.workspace.candidates / RECIPE.id / "model.onnx").write_bytes(b"other weights")
    with pytest.raises(InputRejected, match=r"model\.onnx: not the file that was measured.*edgeci optimize"):
        given.release()
    assert not given.bundle().exists()


def test_a_failed_release_leaves_the_earlier_bundle_whole(tmp_path):
    given = scene(tmp_path)
    given.release()
    before = contents(given.bundle())
    (given.workspace.candidates / RECIPE.id / "model.onnx").unlink()
    with pytest.raises(InputRejected, match="not there"):
        given.release()
    assert contents(given.bundle()) == before
    assert [path.name for path in given.workspace.release.iterdir()] == ["cpu"]


@pytest.mark.parametrize("plant", [lambda path: path.symlink_to("/etc/hostname"), os.mkfifo, Path.mkdir])
def test_a_candidate_file_that_is_no_regular_file_is_not_followed(tmp_path, plant):
    given = scene(tmp_path)
    path = given.workspace.candidates / RECIPE.id / "model.onnx"
    path.unlink()
    plant(path)
    with pytest.raises(InputRejected, match=r"a symbolic link|a folder, not a file|not a regular file"):
        given.release()


@pytest.mark.parametrize("name", ["../model.onnx", "/model.onnx", "a//b", "a\nb", "a\\b", "", ".", "a/../b", "\udc80"])
def test_a_report_cannot_be_written_outside_its_folder(tmp_path, name):
    given = scene(tmp_path)
    with pytest.raises(InputRejected, match="plain relative path"):
        given.release({name: b""})
    assert not given.bundle().exists()


def test_a_gate_added_after_judging_stops_the_release(tmp_path):
    given = scene(tmp_path)
    text = given.loaded.path.read_text()
    stricter = "gates:\n  preset: course\n  rules: [{rule: at-most, metric: size, limit: 1}]\n"
    given.loaded.path.write_text(text.replace("gates:\n  preset: course\n", stricter))
    with pytest.raises(WorkspaceError, match=r"no verdict on gate 'size at-most'.*edgeci gate"):
        given.release()


def test_a_comment_added_after_judging_does_not(tmp_path):
    given = scene(tmp_path)
    given.loaded.path.write_text("# a comment\n" + given.loaded.path.read_text())
    assert len(given.release()) == 1


def test_a_decision_that_the_samples_do_not_support_stops_the_release(tmp_path):
    given, slow = scene(tmp_path), scene(tmp_path, latency=SLOW)
    given.evidence = given.evidence.model_copy(update={"measurements": slow.evidence.measurements})
    with pytest.raises(WorkspaceError, match="does not pass on the recorded samples"):
        given.release()


def test_a_decision_without_its_candidate_names_the_verb_to_run(tmp_path):
    given = scene(tmp_path)
    given.evidence = given.evidence.model_copy(update={"candidates": ()})
    with pytest.raises(WorkspaceError, match="edgeci optimize"):
        given.release()


def test_the_notice_names_the_source_the_recipe_and_the_versions(tmp_path):
    given = scene(tmp_path)
    given.release()
    notice = (given.bundle() / "NOTICE").read_text()
    assert hashlib.sha256(SOURCE).hexdigest() in notice
    assert RECIPE.id in notice
    assert "Made with: onnx 1.23.2\nMade with: onnxruntime 1.32.0\n" in notice


def test_legal_texts_beside_the_model_come_along_byte_for_byte(tmp_path):
    given = scene(tmp_path)
    texts = {"LICENSE": b"MIT \xa9 \xff\n", "NOTICE.txt": b"Thanks\n", "copying-weights": b"free\n"}
    for name, text in texts.items():
        (tmp_path / "models" / name).write_bytes(text)
    (tmp_path / "models/licenses.py").write_bytes(b"not this one")
    given.release()
    notice = (given.bundle() / "NOTICE").read_bytes()
    assert all(b"==== %s," % name.encode() in notice and text in notice for name, text in texts.items())
    assert b"not this one" not in notice


def test_a_linked_licence_is_left_out_and_said(tmp_path):
    given = scene(tmp_path)
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "models/LICENSE").symlink_to(tmp_path / "secret")
    given.release()
    assert "secret" not in (given.bundle() / "NOTICE").read_text()
    assert any("LICENSE" in line and "left out" in line for line in given.said)


def test_hostile_metadata_stays_on_its_line_of_the_notice(tmp_path):
    given = scene(tmp_path)
    hostile = given.evidence.assessment.model_copy(update={"producer": "x\nMade with: \x1b[31mnothing\x00"})
    given.evidence = given.evidence.model_copy(update={"assessment": hostile})
    given.release()
    lines = (given.bundle() / "NOTICE").read_text().splitlines()
    assert not any(line.startswith("Made with: \\x1b") or "\x1b" in line or "\x00" in line for line in lines)
