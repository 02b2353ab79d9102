"""A repository with a change under review, and edgeci run on it as a job on GitHub would."""

import json
import subprocess
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from tests.stages.project_folder import CONFIG, Done, edgeci, small_project

WEIGHTS = np.arange(12, dtype=np.float32).reshape(4, 3)
JUDGED = CONFIG.replace("[faulty]", "[onnxruntime]").replace(
    "    - {rule: speed-up, metric: latency_cpu, limit: 1000}\n",
    "    - {rule: retained, metric: accuracy, limit: 0.9, against: base}\n"
    "    - {rule: regression, metric: peak_memory, limit: 0.1, floor: 1.0, against: base}\n",
)
"""Nothing is asked that a busy machine could not answer."""
JOB = {"GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "7", "GITHUB_RUN_ATTEMPT": "1", "GITHUB_JOB": "gate"}


def git(folder: Path, *arguments: str | Path) -> str:
    identity = ["-c", "user.name=edgeci", "-c", "user.email=edgeci@example.org"]
    done = subprocess.run(["git", *identity, "-C", folder, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, message: str) -> str:
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def base(folder: Path, config: str = JUDGED) -> str:
    """A committed project whose model is right on every item; the commit."""
    small_project(folder, config=config)
    items = np.load(folder / "evaluation.npz")["x"]
    np.savez(folder / "evaluation.npz", x=items, labels=(items @ WEIGHTS).argmax(1))
    git(folder, "init", "--quiet")
    return commit(folder, "base")


def worsen(folder: Path) -> None:
    """A model whose classes are turned round."""
    model = onnx.load(folder / "model.onnx")
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(WEIGHTS[:, ::-1].copy(), "weights"))
    onnx.save(model, folder / "model.onnx")


def edit(folder: Path, old: str, new: str) -> None:
    config = folder / "edgeci.yaml"
    assert old in config.read_text()
    config.write_text(config.read_text().replace(old, new))


def in_a_job(folder: Path, based_on: str, *arguments: str) -> Done:
    """`edgeci run`, or another command, in a job for a pull request."""
    event = folder.parent / f"{folder.name}-event.json"
    event.write_text(json.dumps({"pull_request": {"base": {"sha": based_on}}}))
    place = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(event)}
    return edgeci(folder, *(arguments or ("run",)), **JOB, **place)
