"""Only a folder that is edgeci's own is held, by one run at a time, and nothing in any other is touched."""

import multiprocessing
import subprocess
import time
from pathlib import Path

import pytest

from edgeci.errors import WorkspaceError
from edgeci.holding import held
from edgeci.records import TEMPORARY
from edgeci.types import Fact
from edgeci.workbench.project import tracked, workspace_at
from edgeci.workspace import Workspace
from tests.test_records import wait_for
from tests.test_workspace import CPUS, as_if, written

HOME = (".git/HEAD", ".github/workflows/model.yml", ".env", ".venv/bin/python", ".ssh/id", "model/weights", "README")


def a_home(folder: Path) -> list[Path]:
    """A folder with what people have in theirs, dot-entries above all."""
    for name in HOME:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return everything(folder)


def everything(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def held_once(workspace: Workspace) -> None:
    with held(workspace, tracked):
        pass


def hold(folder: str) -> None:
    with held(workspace_at(Path(folder))):
        time.sleep(60)


def test_a_second_run_is_told_who_has_the_workspace(tmp_path: Path) -> None:
    holder = multiprocessing.get_context("spawn").Process(target=hold, args=(str(tmp_path),))
    holder.start()
    try:
        wait_for(tmp_path / "lock.owner")
        with pytest.raises(WorkspaceError, match=f"in use by process {holder.pid}; wait for it or choose another"):
            held_once(workspace_at(tmp_path))
    finally:
        holder.kill()
        holder.join()
    held_once(workspace_at(tmp_path))


def test_a_folder_of_the_users_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    before = a_home(tmp_path)
    with pytest.raises(WorkspaceError, match=r"not empty and not a workspace of edgeci's \(it holds .env, .git, "):
        held_once(workspace_at(tmp_path))
    assert everything(tmp_path) == before


def test_a_link_is_refused_and_what_it_leads_to_is_left_as_it_is(tmp_path: Path) -> None:
    before = a_home(tmp_path / "home")
    (tmp_path / ".edgeci").symlink_to("home")
    with pytest.raises(WorkspaceError, match="a symbolic link"):
        held_once(workspace_at(tmp_path / ".edgeci"))
    assert everything(tmp_path / "home") == before


def test_a_mark_that_a_change_brings_makes_no_workspace_of_a_users_folder(tmp_path: Path) -> None:
    a_home(tmp_path / "repository")
    elsewhere = written(tmp_path / "other")
    mark = (elsewhere.folder / "owned.json").read_bytes()
    (tmp_path / "repository" / "owned.json").write_bytes(mark)
    before = everything(tmp_path / "repository")
    with pytest.raises(WorkspaceError, match=r"marked as a workspace, but it holds \.env, \.git, \.github, which"):
        held_once(workspace_at(tmp_path / "repository"))
    assert everything(tmp_path / "repository") == before


def test_what_a_killed_run_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    workspace = written(tmp_path)
    for name in ("candidates", "release", "against/0123/candidates"):
        (tmp_path / name / f"{TEMPORARY}abc").mkdir(parents=True)
        (tmp_path / name / ".mine").write_text("kept")
    (tmp_path / f"{TEMPORARY}xyz").write_text("half")
    (tmp_path / ".notes").write_text("kept")
    held_once(workspace)
    left = [path.relative_to(tmp_path).as_posix() for path in everything(tmp_path) if path.name.startswith(".")]
    assert left == [".gitignore", ".notes", "against/0123/candidates/.mine", "candidates/.mine", "release/.mine"]


def test_a_gitignore_of_the_users_stays(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / ".gitignore").write_text("!report.md\n")
    held_once(workspace_at(tmp_path))
    assert (tmp_path / ".gitignore").read_text() == "!report.md\n"


def test_a_workspace_from_elsewhere_is_set_aside_whole_and_said(tmp_path: Path) -> None:
    written(tmp_path / "theirs").folder.rename(tmp_path / ".edgeci")
    said: list[str] = []
    workspace = workspace_at(tmp_path / ".edgeci", said.append)
    held_once(workspace)
    assert workspace.read_or_empty("hardware", Fact) == []
    assert (tmp_path / ".edgeci.set-aside-1" / "hardware.json").exists()
    assert len(said) == 1
    assert said[0].endswith("did not make it here, so nothing in it counts; set aside as .edgeci.set-aside-1")


def test_a_workspace_of_another_job_is_resumed_only_where_that_is_asked_for(tmp_path: Path) -> None:
    workspace = written(tmp_path)
    held_once(as_if(workspace, run="7/1/gate", resumes=True))
    assert as_if(workspace, run="7/1/gate", resumes=True).read_or_empty("hardware", Fact) == [CPUS]
    assert as_if(workspace, run="7/1/gate").read_or_empty("hardware", Fact) == []


def test_what_git_tracks_in_a_workspace_does_not_count(tmp_path: Path) -> None:
    """Not even where this machine's edgeci made it: the next checkout may bring another one."""
    workspace = written(tmp_path / ".edgeci")
    held_once(workspace)
    for command in (["init", "-q"], ["add", "-f", ".edgeci/hardware.json", ".edgeci/.gitignore"]):
        subprocess.run(["git", "-C", tmp_path, *command], check=True)
    said: list[str] = []
    workspace = workspace_at(tmp_path / ".edgeci", said.append)
    held_once(workspace)
    assert workspace.read_or_empty("hardware", Fact) == []
    assert "git tracks hardware.json in it, so nothing in it counts" in said[0]
    workspace.write("hardware", [CPUS, CPUS], Fact)
    held_once(workspace)
    assert len(workspace.read_or_empty("hardware", Fact)) == 2, "a file of its own in that place is its own"
