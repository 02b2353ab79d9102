"""The installer's refusals and its lock. That it installs is seen in test_act.py."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.actions.steps import ACTIONS
from tests.reports.runner_log import commands

ROOT = ACTIONS.parent
LOCKS = {
    "requirements.lock": ("onnxruntime",),
    "requirements-openvino.lock": ("onnxruntime", "openvino"),
}
each_lock = pytest.mark.parametrize("lock", LOCKS)
PINNED = re.compile(
    r"(?P<name>[a-z0-9-]+)==(?P<version>[\w.]+)( ; [^\\]+)? \\(\n    --hash=sha256:[0-9a-f]{64}( \\)?)+\n"
)


def pins(lock: str) -> dict[str, set[str]]:
    versions: dict[str, set[str]] = {}
    for match in PINNED.finditer((ACTIONS / lock).read_text()):
        versions.setdefault(match["name"], set()).add(match["version"])
    return versions


def run(script: str, folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    base = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "GITHUB_OUTPUT": str(folder / "output")}
    return subprocess.run(
        ["bash", ACTIONS / script],
        cwd=folder,
        env={**base, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@each_lock
def test_a_lock_holds_pinned_and_hashed_packages_and_nothing_else(lock):
    text = (ACTIONS / lock).read_text()
    assert "".join(match[0] for match in PINNED.finditer(text)) == text


@each_lock
def test_a_lock_satisfies_what_the_project_declares(lock):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(text for e in LOCKS[lock] for text in project["optional-dependencies"][e])]
    for requirement in map(Requirement, wanted):
        assert all(requirement.specifier.contains(pin) for pin in pins(lock)[canonicalize_name(requirement.name)])


def test_the_larger_lock_holds_the_smaller(tmp_path):
    smaller, larger = pins("requirements.lock"), pins("requirements-openvino.lock")
    assert smaller.keys() < larger.keys()


def test_an_unknown_extra_is_refused_before_anything_is_made(tmp_path):
    done = run("install.sh", tmp_path, EDGECI_EXTRAS="$(touch pwned)", RUNNER_TOOL_CACHE=str(tmp_path / "cache"))
    assert done.returncode == 4
    assert "::error title=edgeci cannot be installed::the input `extras`" in done.stdout
    assert not list(tmp_path.iterdir())


def test_without_a_python_the_error_names_the_remedy(tmp_path):
    commands = tmp_path / "bin"
    commands.mkdir()
    for name in ("bash", "dirname", "cat"):
        program = next(Path(folder, name) for folder in ("/bin", "/usr/bin") if Path(folder, name).exists())
        (commands / name).symlink_to(program)
    old = commands / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = run("install.sh", tmp_path, PATH=str(commands), RUNNER_TOOL_CACHE=str(tmp_path / "cache"))
    assert done.returncode == 4
    assert "Python 3.11 or newer" in done.stdout
    assert "actions/setup-python" in done.stdout
    assert not (tmp_path / "cache").exists()


def test_a_package_that_cannot_be_had_leaves_no_environment(tmp_path):
    cache, wheels = tmp_path / "cache", tmp_path / "wheels"
    wheels.mkdir()
    done = run(
        "install.sh",
        tmp_path,
        RUNNER_TOOL_CACHE=str(cache),
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(wheels),
        PIP_CONFIG_FILE=os.devnull,
    )
    assert done.returncode == 4
    assert "pip could not install requirements.lock" in done.stdout
    assert not [path for path in (cache / "edgeci").iterdir() if path.suffix not in (".partial", ".lock")]
    assert not (tmp_path / "output").exists()


def test_what_an_outsider_says_is_no_workflow_command(tmp_path):
    said = "x\\n::set-output name=a::b\\r::stop-commands::c\\n##[set-output name=a;]b"
    text = (ACTIONS / "install.sh").read_text()
    functions = "".join(re.findall(r"^\w+\(\) \{\n.*?^\}\n", text, re.MULTILINE | re.DOTALL))
    script = f"{functions}\nprintf '{said}' | marked\nfail \"$(printf '{said}')\""
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert commands(done.stdout) == ["error"]


def test_the_launcher_needs_the_installer(tmp_path):
    done = run("launch.sh", tmp_path)
    assert done.returncode != 0
    assert "is the step output of install.sh" in done.stderr


def test_the_lock_holds_what_builds_the_metadata():
    assert "hatchling" in pins("requirements.lock")
