"""Run the last step of an action as it is written, with the environment that GitHub would give it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ACTIONS = Path(__file__).parents[2] / "actions"
EXPRESSION = re.compile(r"\$\{\{ (?P<context>inputs|steps\.install\.outputs)\.(?P<name>[a-z-]+) \}\}")


def definition(verb: str) -> dict[str, Any]:
    return dict(yaml.safe_load((ACTIONS / verb / "action.yml").read_text()))


def program(name: str) -> str:
    """A tool from this environment, or else from PATH."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else str(shutil.which(name) or name)


@dataclass(frozen=True)
class Ended:
    """How a step ended, and what it left for GitHub."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str


def run_last_step(verb: str, folder: Path, inputs: Mapping[str, str] | None = None) -> Ended:
    """A composite action's step gets no INPUT_* and no `with`: only its own `env`, written here in `folder`."""
    action = definition(verb)
    values = {name: spec.get("default", "") for name, spec in action["inputs"].items()} | dict(inputs or {})
    step = action["runs"]["steps"][-1]
    github = folder.parent / f"{folder.name}-github"
    github.mkdir(exist_ok=True)
    (github / "script.sh").write_text(step["run"])
    for name in ("output", "summary"):
        (github / name).write_text("")
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ},
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTION_PATH": str(ACTIONS / verb),
        "GITHUB_OUTPUT": str(github / "output"),
        "GITHUB_STEP_SUMMARY": str(github / "summary"),
        **{name: evaluated(text, values) for name, text in step["env"].items()},
    }
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", github / "script.sh"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    return Ended(
        done.returncode, done.stdout, parsed((github / "output").read_text()), (github / "summary").read_text()
    )


def evaluated(text: str, inputs: Mapping[str, str]) -> str:
    expression = EXPRESSION.fullmatch(text)
    assert expression, f"{text}: more than one plain expression"
    return inputs[expression["name"]] if expression["context"] == "inputs" else sys.executable


def parsed(text: str) -> dict[str, str]:
    """A GITHUB_OUTPUT file, as the runner reads it: `name=value`, or `name<<END` up to the line END."""
    outputs = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, marker, rest = re.split(r"(=|<<)", line, maxsplit=1)
        outputs[name] = rest if marker == "=" else "\n".join(iter(lines.__next__, rest))
    return outputs
