"""The core stays light: help imports next to nothing, and only workers ever import a framework."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.stages.project_folder import Done, edgeci, recipe, small_project

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXPORTERS = {"onnxruntime_genai", "optimum", "transformers"}
FRAMEWORKS = {"onnx", "onnxruntime", "openvino", "nncf", "torch", "olive", "llama_cpp", "mlx", "pyarrow"} | EXPORTERS
IN_PROCESS = {"scipy", "PIL"}
"""Heavy, but no frameworks: statistics and pictures. Imported by edgeci's own process, though never at module level."""
HEAVY = FRAMEWORKS | IN_PROCESS | {"pydantic", "numpy", "yaml", "jinja2", "rich"}

WATCH = """\
import atexit, json, os, sys
if os.environ.get("EDGECI_WATCHED") and sys.argv[:1] == ["-m"] and "edgeci.isolation.worker" not in sys.orig_argv:
    atexit.register(
        lambda: open(os.environ["EDGECI_WATCHED"], "a").write(json.dumps(sorted(sys.modules)) + "\\n")
    )
"""
"""A sitecustomize: every Python process that is not a worker writes down, at its end, what it imported."""


def imported_by(*arguments: str) -> set[str]:
    """Top-level packages in sys.modules after a command, from the interpreter's own import log."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "edgeci.cli", *arguments], capture_output=True, text=True, check=True
    )
    names = (line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {name.partition(".")[0] for name in names}


def watched(folder: Path, *arguments: str) -> tuple[Done, list[set[str]]]:
    """Run the command line; what each process but the workers had imported when it ended."""
    watch, log = folder / "watch", folder / "imported.jsonl"
    watch.mkdir(exist_ok=True)
    (watch / "sitecustomize.py").write_text(WATCH)
    search = os.pathsep.join([str(watch), os.environ["PYTHONPATH"]])
    done = edgeci(folder, *arguments, PYTHONPATH=search, EDGECI_WATCHED=str(log))
    processes = [json.loads(line) for line in log.read_text().splitlines()]
    log.unlink()
    return done, [{name.partition(".")[0] for name in names} for names in processes]


@pytest.mark.parametrize("arguments", [("--help",), ("run", "--help"), ("--version",)], ids=" ".join)
def test_help_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    imported = imported_by(*arguments)
    assert "click" in imported
    assert imported & HEAVY == set()


def test_no_stage_imports_a_framework_into_edgecis_own_process(tmp_path: Path) -> None:
    small_project(tmp_path, recipe("slow-copy"))
    for verb in ("assess", "plan", "explain", "optimize", "benchmark", "gate", "report", "release", "render", "run"):
        done, processes = watched(tmp_path, verb)
        assert done.code in (0, 1), done.err
        assert processes, f"{verb}: nobody was watched"
        assert [names & FRAMEWORKS for names in processes] == [set()] * len(processes), verb


def test_the_built_in_backends_propose_without_their_frameworks(tmp_path: Path) -> None:
    small_project(tmp_path)
    config = tmp_path / "edgeci.yaml"
    text = config.read_text().replace("[faulty]", "[onnxruntime, openvino]").replace("propose: false", "propose: true")
    config.write_text(text)
    for verb in ("assess", "plan"):
        done, processes = watched(tmp_path, verb)
        assert done.code == 0, done.err
        assert [names & FRAMEWORKS for names in processes] == [set()], verb


def test_imports_point_down_only() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_linter_bans_what_this_test_watches() -> None:
    banned = PROJECT["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-module-level-imports"]
    assert set(banned) == FRAMEWORKS | IN_PROCESS
