"""Lies told by configuration and data: a bar that is lower than it says, or a test whose answers were known."""

import os
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

from edgeci.config import Config
from edgeci.config_file import load
from edgeci.config_problems import Vocabulary
from edgeci.errors import EdgeciError
from edgeci.gates.rules import RULES
from edgeci.saboteurs.saboteur import Saboteur
from edgeci.stages.benchmark import refuse_missing_opponents
from edgeci.types import DataSource
from edgeci.workbench.inspection import refuse_overlap
from edgeci.workbench.law import differences, under_law
from edgeci.workbench.project import Project, workspace_at

GOOD = """\
model: model.onnx
data:
  evaluation: {path: evaluation.npz}
targets:
  - name: cpu
gates:
  rules:
    - {rule: retained, metric: accuracy, limit: 0.95}
"""


def saboteurs() -> Iterator[Saboteur]:
    """Every lie about the rules of the game."""
    for name, (old, new) in EDITS.items():
        yield Saboteur("policies", name, refused_when_loaded(old, new))
    for name, (old, new) in LOWERED.items():
        yield Saboteur("policies", f"a pull request that {name}", does_not_count(old, new))
    yield Saboteur("policies", "calibration on evaluation items", leak)
    yield Saboteur("policies", "a base that is not there", no_base)
    yield Saboteur("policies", "an edgeci.yaml that never ends", endless)


def project(folder: Path, text: str) -> Project:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "edgeci.yaml"
    path.write_text(text)
    vocabulary = Vocabulary(["onnxruntime"], RULES, ["compose", "kubernetes"])
    return Project(load(path, vocabulary), workspace_at(folder / ".edgeci"), lambda message: None)


def refused_when_loaded(old: str, new: str) -> Callable[[Path], str | None]:
    def attempt(folder: Path) -> str | None:
        try:
            project(folder, GOOD.replace(old, new))
        except EdgeciError as problem:
            return str(problem)
        return None

    return attempt


def does_not_count(old: str, new: str) -> Callable[[Path], str | None]:
    """Judge the edited project by the honest base: the law must stay, and the difference must be reported."""

    def attempt(folder: Path) -> str | None:
        base, here = project(folder / "base", GOOD), project(folder / "here", GOOD.replace(old, new))
        changes = list(differences(base.loaded.config, here.loaded.config))
        law = under_law(here, base).loaded.config
        return "; ".join(f"{each.key} stays {each.base}" for each in changes) if lawful(law, base) else None

    return attempt


def lawful(law: Config, base: Project) -> bool:
    config = base.loaded.config
    return (law.gates, law.metric, law.data.evaluation, law.targets, law.budget) == (
        config.gates,
        config.judging,
        config.data.evaluation,
        config.targets,
        config.budget,
    )


def leak(folder: Path) -> str | None:
    try:
        refuse_overlap(DataSource(path="calibration.npz"), ["a", "b", "c"], {"c", "d"})
    except EdgeciError as problem:
        return str(problem)
    return None


def endless(folder: Path) -> str | None:
    """A FIFO that nobody writes to."""
    os.mkfifo(folder / "edgeci.yaml")
    try:
        load(folder / "edgeci.yaml", Vocabulary(["onnxruntime"], RULES, []))
    except EdgeciError as problem:
        return str(problem)
    return None


def no_base(folder: Path) -> str | None:
    try:
        refuse_missing_opponents(project(folder, GOOD.replace("limit: 0.95", "limit: 0.95, against: base")), {})
    except EdgeciError as problem:
        return str(problem)
    return None


ALIASES = "a: &a [0, 0]\n" + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in pairwise("abcdefghi"))
EDITS = {
    "a misspelt key": ("limit:", "limt:"),
    "a misspelt rule": ("retained", "retaind"),
    "a misspelt metric": ("accuracy", "acuracy"),
    "a gate for a target that is not there": ("limit: 0.95", "limit: 0.95, target: phone"),
    "a gate given twice under one key": ("  rules:\n", "  rules: []\n  rules:\n"),
    "no gates": (GOOD[GOOD.index("gates:") :], "gates: {}\n"),
    "no targets": ("targets:\n  - name: cpu\n", "targets: []\n"),
    "a limit that is a word": ("0.95", "most"),
    "data that runs code": ("{path: evaluation.npz}", "!!python/object/apply:os.getcwd []"),
    "nine lines that mean gigabytes": ("targets:", ALIASES + "targets:"),
    "a number of five thousand digits": ("0.95", "9" * 5000),
    "a path that no file system has": ("evaluation.npz", '"evaluation\\0.npz"'),
    "time without end": ("targets:", "budget: {seconds: .inf}\ntargets:"),
}
LOWERED = {
    "lowers a limit": ("0.95", "0.05"),
    "drops a gate": (
        "    - {rule: retained, metric: accuracy, limit: 0.95}",
        "    - {rule: at-most, metric: size, limit: 9}",
    ),
    "replaces the evaluation data": ("evaluation.npz", "easy.npz"),
    "judges by an easier metric": ("targets:", "metric: agreement\ntargets:"),
    "gives itself more memory": ("  - name: cpu\n", "  - {name: cpu, memory_mb: 65536}\n"),
    "asks for one launch": ("targets:", "budget: {launches: 1}\ntargets:"),
}
