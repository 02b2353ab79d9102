"""The backend under examination, the model it is examined on, and what it has already made of it."""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from edgeci.backends import registry
from edgeci.backends.protocol import Backend, TextBackend
from edgeci.config import Limits
from edgeci.errors import BY_NAME, BackendMissing, EdgeciError
from edgeci.isolation.process import Worker, ask_once
from edgeci.types import Assessment, Recipe, Target, Task

TASKS = "edgeci.conformance.tasks"
HANGS = "no answer within"
"""How a worker's parent says that it gave up."""


class Nonconformity(AssertionError):
    """What the backend does that it must not, in one sentence."""


def demand(kept: object, sentence: str) -> None:
    """
    Raises:
        Nonconformity: the condition is not kept.
    """
    if not kept:
        raise Nonconformity(sentence)


class Fixture(Protocol):
    """The model and the items of one kind of task, and how a worker is asked to use them."""

    @property
    def model(self) -> Path:
        """A file, or a folder."""

    @property
    def assessment(self) -> Assessment:
        """What edgeci knows of it."""

    @property
    def tasks(self) -> str:
        """Module of the pipeline's own tasks for this kind of model."""

    @property
    def calibration(self) -> Mapping[str, Any]:
        """Calibration data as the pipeline's `optimize` takes them."""


@dataclass(frozen=True)
class Attempt:
    """A candidate that was made, or the error that was raised instead."""

    recipe: Recipe
    folder: Path
    main: str = ""
    problem: EdgeciError | None = None
    is_deliberate: bool = True
    """Whether the backend raised an error of edgeci's, and not whatever came up."""
    trespass: str = ""
    """What was changed besides the output folder."""

    @property
    def path(self) -> Path:
        return self.folder / self.main

    @property
    def files(self) -> dict[str, str]:
        return digests(self.folder)


@dataclass
class Subject:
    """One backend. Everything slow is done once and kept until the process ends."""

    name: str
    task: Task
    """What it is examined in."""
    interpreter: str = sys.executable
    limits: Limits = field(default_factory=lambda: Limits(timeout_seconds=300))
    made: dict[str, Attempt] = field(default_factory=dict)
    answers: dict[str, list[Any]] = field(default_factory=dict)
    """Of candidates, to what several checks look at."""
    fixture: Fixture = field(init=False)

    @cached_property
    def scratch(self) -> tempfile.TemporaryDirectory[str]:
        return tempfile.TemporaryDirectory(prefix="edgeci-conformance-")

    @property
    def folder(self) -> Path:
        return Path(self.scratch.name)

    @property
    def backend(self) -> Backend | TextBackend:
        return registry.backend(self.name)

    @property
    def target(self) -> Target:
        return Target(name="conformance", backends=(self.name,))

    @cached_property
    def recipes(self) -> list[Recipe]:
        """What it proposes for the model, here."""
        return list(self.backend.propose(self.fixture.assessment, self.target))

    @property
    def as_is(self) -> Recipe:
        return Recipe(backend=self.name, method="as-is")

    def ask(self, task: str, **arguments: Any) -> Any:
        """One task in a fresh worker with the backend's interpreter.

        Raises:
            EdgeciError: as Worker.ask.
        """
        return ask_once(task, self.limits, self.interpreter, **arguments)

    def make(self, recipe: Recipe, again: str = "") -> Attempt:
        """The candidate, made by the pipeline's own task; `again` names a second one of the same recipe."""
        key = recipe.id + again
        if key not in self.made:
            self.made[key] = self.attempt(recipe, self.folder / "made" / key / "output")
        return self.made[key]

    def attempt(self, recipe: Recipe, output: Path) -> Attempt:
        output.mkdir(parents=True)
        before = digests(self.fixture.model)
        answer = self.ask(
            f"{TASKS}:attempt",
            what=f"{self.fixture.tasks}:optimize",
            arguments={
                "model": str(self.fixture.model.absolute()),
                "recipe": recipe.model_dump(),
                "output": str(output),
                **self.fixture.calibration,
            },
        )
        beside = sorted(path.name for path in output.parent.iterdir() if path != output)
        trespass = f"writes {', '.join(beside)} beside its output folder" if beside else ""
        if digests(self.fixture.model) != before:
            trespass = "changes the model it is given"
        if "error" in answer:
            problem = BY_NAME[answer["error"]](answer["message"])
            return Attempt(recipe, output, "", problem, answer["is_deliberate"], trespass)
        return Attempt(recipe, output, answer["value"]["made"]["main"], trespass=trespass)

    def candidate(self, recipe: Recipe | None = None) -> Attempt:
        """A candidate that was made.

        Raises:
            Nonconformity: it was not.
        """
        found = self.make(recipe or self.as_is)
        demand(found.problem is None, f"{found.recipe.method} of a sound model fails: {found.problem}")
        return found

    def candidates(self) -> list[Attempt]:
        """Those of the proposed recipes that can be made and loaded here, as-is first."""
        found = [self.candidate()]
        found += [self.make(recipe) for recipe in self.recipes if recipe != self.as_is]
        return [each for each in found if each.problem is None and each.recipe.method not in self.absent]

    @cached_property
    def absent(self) -> dict[str, str]:
        """Methods for hardware that is not here, and what their `load` says about it."""
        found = {}
        for attempt in (self.make(recipe) for recipe in self.recipes):
            if attempt.problem is None:
                try:
                    self.use(attempt, [])
                except BackendMissing as problem:
                    found[attempt.recipe.method] = str(problem)
        return found

    def use(self, attempt: Attempt, requests: list[dict[str, Any]], **about: Any) -> dict[str, Any]:
        """Load a candidate in a worker of its own and put requests to the one session, in order.

        Raises:
            EdgeciError: as Worker.ask.
        """
        target = self.target.model_copy(update=about)
        with Worker(self.limits, self.interpreter) as worker:
            answer: dict[str, Any] = worker.ask(
                f"{TASKS}:{self.task}",
                model=str(attempt.path),
                recipe=attempt.recipe.model_dump(),
                target=target.model_dump(),
                requests=requests,
                save=str(self.folder / "answers.npz"),
            )
        return answer

    def damaged(self, attempt: Attempt) -> Attempt:
        """A copy of a candidate whose largest file is cut in half."""
        folder = self.folder / "damaged"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(attempt.folder, folder)
        largest = max((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
        with largest.open("r+b") as stream:
            stream.truncate(largest.stat().st_size // 2)
        return Attempt(attempt.recipe, folder, attempt.main)


def digests(folder: Path) -> dict[str, str]:
    """sha256 of every file in a folder, or of the one file."""
    files = [folder] if folder.is_file() else sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder.parent).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
