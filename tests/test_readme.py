"""Every command in README.md does what it says there."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.processors import FAST_INT8
from tests.stages.project_folder import example_project
from tools.actions_table import between_markers
from tools.actions_table import table as actions_table
from tools.exit_codes_reference import codes

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text()
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EVERY_COMMAND = [
    line.removeprefix("$ ").partition("  #")[0].strip()
    for language, text in BLOCK.findall(TEXT)
    if language in ("console", "bash")
    for line in text.splitlines()
    if line.startswith("$ ")
]
QUICKSTART = "pip install -e '.[quickstart]' && edgeci quickstart"
TESTS = "pip install -e '.[dev]' && pytest"
WALK_THROUGH = [
    "edgeci init model.onnx",
    "edgeci run",
    "edgeci verify .edgeci/release/cpu",
]
BACKENDS = "edgeci backend install llama_cpp optimum_intel"
EDGECI = f"{shlex.quote(sys.executable)} -m edgeci.cli"


def shell(command: str, folder: Path, environment: Mapping[str, str] = os.environ) -> str:
    """Run a command as a person would; its output, if it ended well."""
    done = subprocess.run(
        command, shell=True, cwd=folder, env=dict(environment), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout + done.stderr


def test_every_command_is_one_that_is_tried_here() -> None:
    assert [QUICKSTART, *WALK_THROUGH, BACKENDS, TESTS] == EVERY_COMMAND


@pytest.mark.slow
def test_backends_are_installed_by_one_command(tmp_path: Path) -> None:
    said = shell(BACKENDS.replace("edgeci", EDGECI, 1), tmp_path)
    assert "llama_cpp  " in said and "optimum_intel  " in said
    assert said.count("own environment") == 2


@pytest.mark.slow
def test_the_walk_through_works_on_a_model_of_ones_own(tmp_path: Path) -> None:
    """`init` writes a configuration for data that the reader brings; here that is the packaged data, scaled."""
    example_project(tmp_path)
    (tmp_path / "edgeci.yaml").unlink()
    init, run, verify = (command.replace("edgeci ", f"{EDGECI} ", 1) for command in WALK_THROUGH)
    shell(init, tmp_path)
    config = tmp_path / "edgeci.yaml"
    written = config.read_text()
    assert "# scale:" in written
    easy = "preset: mlperf-99\n"  # accuracy alone: a busy machine must not decide this test
    config.write_text(
        written.replace("# scale:", "scale:").replace("preset: course-small\n", easy) + "budget: {seconds: 1}\n"
    )
    text = config.read_text().replace(
        "path: calibration.npz", "path: calibration.npz\n    scale: 0.00392156862745098", 1
    )
    config.write_text(text)
    assert "released" in shell(run, tmp_path).lower()
    assert "intact" in shell(verify, tmp_path)


def test_the_workflow_is_the_one_in_the_examples() -> None:
    [workflow] = [text for language, text in BLOCK.findall(TEXT) if language == "yaml"]
    assert workflow.strip() == (ROOT / "examples" / "workflows" / "pull-request.yml").read_text().strip()


def test_the_exit_codes_are_those_of_the_code() -> None:
    assert codes() in TEXT, "copy the table from docs/exit-codes.md"


def test_the_actions_are_those_in_the_folder() -> None:
    assert between_markers(TEXT) == actions_table(), "run `python tools/actions_table.py README.md`"


@pytest.mark.slow
def test_the_quickstart_works_in_a_fresh_environment(tmp_path: Path) -> None:
    """The whole line, in a copy of the repository with nothing installed, and it prints the table shown."""
    if not FAST_INT8:
        pytest.skip("this processor has no int8 dot product, so the honest answer here is no")
    copy = tmp_path / "edgeci"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".edgeci", "*cache*", "__pycache__", "*.data"))
    shell(f"{shlex.quote(sys.executable)} -m venv {shlex.quote(str(tmp_path / 'venv'))}", tmp_path)
    outside = {name: text for name, text in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    search = os.pathsep.join([str(tmp_path / "venv" / "bin"), os.environ["PATH"]])
    shown = shell(QUICKSTART, copy, outside | {"PATH": search, "COLUMNS": "110"})
    for part in ("Released: int8, calibrated: passed all 3 gates", "int8, dynamic", "Why the others lost"):
        assert part in shown
        assert part in TEXT


@pytest.mark.slow
def test_the_line_that_runs_the_tests_installs_all_they_need(tmp_path: Path) -> None:
    """Resolved by pip with nothing installed, without running the tests within the tests."""
    install = TESTS.partition(" && ")[0].replace(
        "pip install", f"{shlex.quote(sys.executable)} -m pip install --dry-run"
    )
    shell(install.replace("-e '.[dev]'", f"--ignore-installed --quiet '{ROOT}[dev]'"), tmp_path)
    assert "pytest" in TESTS
