"""A full disk ends a command with a remedy, wherever it is met."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")


@pytest.mark.parametrize("arguments", [("backend", "list", "--json"), ("--version",), ("--help",)], ids=" ".join)
def test_a_result_that_finds_no_room_is_no_success_and_no_defect(arguments: tuple[str, ...], tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "edgeci.cli", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd=tmp_path,
        )
    assert done.returncode == 8, done.stderr
    assert done.stderr.endswith("the disk is full; free some space and run the same command again\n")
    assert "Traceback" not in done.stderr and "defect" not in done.stderr
