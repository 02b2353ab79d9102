"""The key lies outside of every repository, only its owner reads it, and two runs at once make one."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from edgeci.errors import WorkspaceError
from edgeci.witness import key_file, read_key
from edgeci.workbench.project import workspace_at


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "key"
    key = read_key(path)
    assert len(key) == 32
    assert read_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["key"]


def test_two_runs_at_once_make_one_key(tmp_path: Path) -> None:
    program = "import sys, pathlib, edgeci.witness as it; print(it.read_key(pathlib.Path(sys.argv[1])).hex())"
    command = [sys.executable, "-c", program, tmp_path / "key"]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
    assert len({run.communicate()[0] for run in runs}) == 1


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.chmod(0o644), "others can read this key or replace it; run `chmod 600`"),
        (lambda path: path.write_bytes(b"short"), "no key of 32 bytes"),
        (lambda path: path.rename(path.with_name("real")) and path.symlink_to("real"), "cannot be read or made"),
        (lambda path: (path.unlink(), path.mkdir()), "cannot be read or made: Is a directory"),
    ],
)
def test_a_key_that_may_be_somebody_elses_is_refused(tmp_path: Path, spoil, message: str) -> None:
    path = tmp_path / "key"
    read_key(path)
    spoil(path)
    with pytest.raises(WorkspaceError, match=message):
        read_key(path)


def test_a_key_in_the_repository_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    monkeypatch.setenv("EDGECI_KEY", str(tmp_path / "key"))
    with pytest.raises(WorkspaceError, match="the key lies in the repository; set EDGECI_KEY"):
        workspace_at(tmp_path / ".edgeci")
    assert not (tmp_path / "key").exists()


def test_the_key_is_where_the_variables_say() -> None:
    assert key_file({"EDGECI_KEY": "/keys/one"}) == Path("/keys/one")
    assert key_file({"XDG_STATE_HOME": "/state"}) == Path("/state/edgeci/key")
    assert key_file({}) == Path.home() / ".local/state/edgeci/key"
