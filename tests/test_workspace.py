"""A workspace believes its own records and no others, and touches nothing that edgeci did not write."""

import dataclasses
import json
import os
from pathlib import Path

import pytest

from edgeci.errors import WorkspaceError
from edgeci.types import Fact
from edgeci.workbench.project import workspace_at
from edgeci.workspace import Workspace

CPUS = Fact(name="cpus", value=2, source="sched_getaffinity")


def read(workspace: Workspace) -> list[Fact]:
    return workspace.read("hardware", Fact, "assess")


def written(folder: Path) -> Workspace:
    workspace = workspace_at(folder)
    workspace.write("hardware", [CPUS], Fact)
    return workspace


def as_if(known: Workspace, resumes: bool = False, **origin: str) -> Workspace:
    """The same folder, as another run sees it."""
    made = known.witness.origin.model_copy(update=origin)
    return Workspace(known.folder, dataclasses.replace(known.witness, origin=made), resumes=resumes)


def test_a_missing_list_names_the_verb_that_writes_it(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="run `edgeci assess` first"):
        read(workspace_at(tmp_path))


def test_its_own_records_come_back(tmp_path: Path) -> None:
    assert read(written(tmp_path)) == [CPUS]
    assert read(workspace_at(tmp_path)) == [CPUS]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"value": 2', '"value": 4'),
        lambda text: text.replace(json.loads(text)["seal"], "0" * 64),
        lambda text: text[: text.index(',\n "seal"')] + "\n}\n",
        lambda text: text.replace('"machine": "', '"machine": "0'),
        lambda text: text + "\n",
    ],
)
def test_a_record_that_was_changed_is_none(tmp_path: Path, change) -> None:
    workspace = written(tmp_path)
    path = tmp_path / "hardware.json"
    path.write_text(change(path.read_text()))
    with pytest.raises(WorkspaceError, match="edgeci did not write it here, or it was changed since; run `edgeci ass"):
        read(workspace)
    assert workspace.read_or_empty("hardware", Fact) == []


def test_a_list_in_the_place_of_another_is_none(tmp_path: Path) -> None:
    workspace = written(tmp_path)
    (tmp_path / "hardware.json").rename(tmp_path / "passport.json")
    with pytest.raises(WorkspaceError, match="did not write it here"):
        workspace.read("passport", Fact, "runner check")


@pytest.mark.parametrize(
    ("origin", "reason"),
    [
        ({"machine": "other"}, "on another machine"),
        ({"boot": "other"}, "before this machine was last started"),
        ({"workspace": "other"}, "in another folder"),
        ({"run": "7/1/gate"}, "another job made it; --resume takes over"),
    ],
)
def test_a_record_of_another_run_is_set_aside_and_said(tmp_path: Path, origin: dict[str, str], reason: str) -> None:
    elsewhere = as_if(written(tmp_path), **origin)
    with pytest.raises(WorkspaceError, match=reason):
        read(elsewhere)
    said: list[str] = []
    elsewhere.say = said.append
    assert elsewhere.read_or_empty("hardware", Fact) == []
    assert len(said) == 1 and reason in said[0]


def test_an_earlier_job_on_this_machine_is_resumed_where_that_is_asked_for(tmp_path: Path) -> None:
    workspace = written(tmp_path)
    assert read(as_if(workspace, resumes=True, run="7/1/gate", workspace="other")) == [CPUS]
    for origin in ({"machine": "other"}, {"boot": "other"}):
        with pytest.raises(WorkspaceError, match="set aside"):
            read(as_if(workspace, resumes=True, **origin))


def test_nothing_that_edgeci_did_not_write_is_overwritten(tmp_path: Path) -> None:
    workspace = written(tmp_path)
    (tmp_path / "report.md").write_text("mine")
    (tmp_path / "release").mkdir()
    (tmp_path / "release" / "cpu").mkdir()
    with pytest.raises(WorkspaceError, match="edgeci did not write it, so it is left alone"):
        workspace.place("report.md", b"theirs")
    with pytest.raises(WorkspaceError, match="left alone"), workspace.fresh_folder(tmp_path / "release" / "cpu"):
        pass
    assert (tmp_path / "report.md").read_text() == "mine"


def test_only_what_edgeci_wrote_is_removed(tmp_path: Path) -> None:
    workspace = written(tmp_path)
    for name in ("old", "new"):
        with workspace.fresh_folder(workspace.release / name) as folder:
            (folder / "model").write_text(name)
    (workspace.release / "notes").mkdir()
    workspace.keep_only(workspace.release, {"new"})
    assert sorted(path.name for path in workspace.release.iterdir()) == ["new", "notes"]
    assert "release/old" not in workspace_at(tmp_path).owned()


@pytest.mark.parametrize("kind", ["folder", "link", "fifo"])
def test_what_is_no_file_is_no_record(tmp_path: Path, kind: str) -> None:
    workspace, path = workspace_at(tmp_path), tmp_path / "hardware.json"
    {"folder": path.mkdir, "link": lambda: path.symlink_to("/dev/zero"), "fifo": lambda: os.mkfifo(path)}[kind]()
    with pytest.raises(WorkspaceError, match="remove it and run the verb that writes it again"):
        read(workspace)


def test_a_folder_takes_its_place_only_when_it_is_complete(tmp_path: Path) -> None:
    workspace, place = workspace_at(tmp_path), tmp_path / "candidates" / "one"
    with workspace.fresh_folder(place) as folder:
        (folder / "model").write_text("first")
    with pytest.raises(ValueError), workspace.fresh_folder(place) as folder:
        (folder / "model").write_text("second")
        raise ValueError
    assert (place / "model").read_text() == "first"
    assert [path.name for path in place.parent.iterdir()] == ["one"]


def test_what_an_older_edgeci_wrote_is_set_aside_and_written_over(tmp_path: Path, monkeypatch) -> None:
    with monkeypatch.context() as older:
        older.setattr("edgeci.records.SCHEMA", 1)
        written(tmp_path)
    workspace = workspace_at(tmp_path)
    with pytest.raises(
        WorkspaceError, match=r"set aside: written by an older edgeci \(.*\); run `edgeci assess` again"
    ):
        read(workspace)
    assert workspace.read_or_empty("hardware", Fact) == []
    assert read(written(tmp_path)) == [CPUS]
