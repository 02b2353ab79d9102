"""Run a workflow for real with nektos/act on this machine, without containers, and read what GitHub would show."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.actions.steps import ACTIONS, program
from tests.stages.pull_request import commit, git

ROOT = ACTIONS.parent
SHIPPED = ("actions", "edgeci", "templates", "pyproject.toml", "README.md", "LICENSE")
UPLOAD = """\
name: upload-artifact
description: Stands in for the real one, which needs GitHub's storage. Lists what would be kept.
inputs:
  name: {description: Name., required: true}
  path: {description: Path., required: true}
  include-hidden-files: {description: Dot folders too., default: "false"}
runs:
  using: composite
  steps:
    - shell: bash
      run: test "$HIDDEN" = true; ls "$FOLDER" || echo nothing to keep
      env:
        FOLDER: ${{ inputs.path }}
        HIDDEN: ${{ inputs.include-hidden-files }}
"""


@dataclass(frozen=True)
class Ran:
    """What act wrote: one JSON object a line."""

    code: int
    events: list[dict[str, Any]]

    @cached_property
    def jobs(self) -> dict[str, str]:
        """The result of every job that really ran; one whose label nobody serves is absent, and act exits 0."""
        return {event["job"]: event["jobResult"] for event in self.events if "jobResult" in event}

    def of(self, command: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event.get("command") == command]

    def outputs(self, step: str) -> dict[str, str]:
        """A step's outputs as the workflow sees them: a composite's own steps have longer ids."""
        return {event["name"]: event["arg"] for event in self.of("set-output") if event["stepID"] == [step]}

    @property
    def summary(self) -> str:
        return "".join(event["content"] for event in self.of("summary") if len(event["stepID"]) == 1)

    @property
    def log(self) -> str:
        return "".join(str(event.get("msg", "")) for event in self.events)

    def ended(self, step: str) -> list[str]:
        """How the main part of the step of that name ended, for each time it ran."""
        named = (re.search(rf"- Main {re.escape(step)}( \[|$)", event.get("msg", "")) for event in self.events)
        return [
            event["stepResult"] for event, hit in zip(self.events, named, strict=True) if hit and "stepResult" in event
        ]


@dataclass(frozen=True)
class Workshop:
    """A copy of edgeci at the ref v1, and a runner with a tool cache of its own."""

    folder: Path

    def prepare(self) -> None:
        ours = self.folder / "edgeci"
        ours.mkdir()
        for name in SHIPPED:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
            copy(ROOT / name, ours / name)
        (self.folder / "upload").mkdir()
        (self.folder / "upload" / "action.yml").write_text(UPLOAD)

    def run(self, project: Path, workflow: Path, event: str, based_on: str = "") -> Ran:
        """The workflow on the project, as a repository of its own; a change of nothing where no base is named."""
        workflows = project / ".github" / "workflows"
        workflows.mkdir(parents=True)
        shutil.copy(workflow, workflows)
        git(project, "init", "--quiet")
        commit(project, "model")
        event_file = self.folder / f"{project.name}-event.json"
        event_file.write_text(
            json.dumps({"pull_request": {"base": {"sha": based_on or git(project, "rev-parse", "HEAD")}}})
        )
        done = subprocess.run(
            [
                program("act"),
                event,
                *("-e", event_file),
                *("-W", workflows / workflow.name, "--json", "--no-cache-server", "--pull=false"),
                *("-P", "self-hosted=-self-hosted", "-P", "ubuntu-latest=-self-hosted"),
                *("--action-cache-path", self.folder / "runner"),
                *("--local-repository", f"edgeci/edgeci@v1={self.folder / 'edgeci'}"),
                *("--local-repository", f"actions/upload-artifact@v7={self.folder / 'upload'}"),
            ],
            cwd=project,
            env={name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "RUNNER_"))},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        return Ran(done.returncode, [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")])
