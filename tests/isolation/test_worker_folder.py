import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from edgeci.isolation import worker_folder
from edgeci.isolation.worker_folder import FOLDER_PREFIX, LONGEST_PATH, make_folder, make_temporary, own_prefix


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The caller's folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_folders_of_a_killed_edgeci_are_removed_with_what_its_workers_left(place: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = place / f"{FOLDER_PREFIX}{gone.pid}-abcdefgh" / "tmp" / "quantizer"
    left.mkdir(parents=True)
    ours = place / f"{FOLDER_PREFIX}{os.getpid()}-abcdefgh"
    odd = [place / f"{FOLDER_PREFIX}{name}-x" for name in ("9" * 40, "²", "", "word")]
    for folder in (ours, *odd[1:]):
        folder.mkdir()
    assert make_folder().parent == place
    assert not left.exists() and ours.exists()
    assert all(folder.exists() for folder in odd[1:])


def test_temporary_files_have_a_place_that_sockets_can_have_too(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_folder, "SHORT", place)
    near = place / "x"
    near.mkdir()
    far = place / ("x" * LONGEST_PATH)
    far.mkdir()
    beside = make_temporary(far)
    assert beside.parent == place and beside.name.startswith(own_prefix())
    monkeypatch.setattr(worker_folder, "LONGEST_PATH", 4096)
    assert make_temporary(near) == near / "tmp"


def test_temporary_files_stay_on_the_disk_that_the_caller_chose(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_folder, "is_on_the_same_disk", lambda *places: False)
    far = place / ("x" * LONGEST_PATH)
    far.mkdir()
    assert make_temporary(far) == far / "tmp"
