"""The backend under examination, the model it is examined on, and what it has already made of it."""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar

from edgeci.backends import registry
from edgeci.backends.protocol import Backend
from edgeci.config import Limits
from edgeci.conformance import tasks
from edgeci.errors import BY_NAME, BackendMissing, EdgeciError
from edgeci.isolation.process import Worker, ask_once
from edgeci.types import Assessment, Items, Noun, Recipe, Target

P = ParamSpec("P")
R = TypeVar("R")
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
    def calibration(self) -> Items:
        """Calibration items."""

    @property
    def smallest(self) -> Sequence[Noun]:
        """The shortest question to a session."""

    @property
    def examine(self) -> Callable[[Path, Recipe, Target, list[Any], Path], tasks.Examined]:
        """What puts questions to a session, in a worker."""


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
    kind: str
    """Of model, that it is examined on."""
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
    def backend(self) -> Backend:
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

    def ask(self, function: Callable[P, R], *arguments: P.args, **keywords: P.kwargs) -> R:
        """One request to a fresh worker with the backend's interpreter.

        Raises:
            EdgeciError: as Worker.ask.
        """
        return ask_once(Worker(self.limits, self.interpreter), function, *arguments, **keywords)

    def make(self, recipe: Recipe, again: str = "") -> Attempt:
        """The candidate, made by the pipeline's own task; `again` names a second one of the same recipe."""
        key = recipe.id + again
        if key not in self.made:
            self.made[key] = self.attempt(recipe, self.folder / "made" / key / "output")
        return self.made[key]

    def attempt(self, recipe: Recipe, output: Path) -> Attempt:
        output.mkdir(parents=True)
        before = digests(self.fixture.model)
        model, calibration = self.fixture.model.absolute(), self.fixture.calibration
        made = self.ask(tasks.attempt, self.kind, model, recipe, calibration, output)
        beside = sorted(path.name for path in output.parent.iterdir() if path != output)
        trespass = f"writes {', '.join(beside)} beside its output folder" if beside else ""
        if digests(self.fixture.model) != before:
            trespass = "changes the model it is given"
        if made.error is not None:
            problem = BY_NAME[made.error](made.message)
            return Attempt(recipe, output, "", problem, made.is_deliberate, trespass)
        return Attempt(recipe, output, made.main, trespass=trespass)

    def candidate(self, recipe: Recipe | None = None) -> Attempt:
        """A candidate that was made.

        Raises:
            Nonconformity: it was not.
        """
        attempt = self.make(recipe or self.as_is)
        demand(attempt.problem is None, f"{attempt.recipe.method} of a sound model fails: {attempt.problem}")
        return attempt

    def candidates(self) -> list[Attempt]:
        """Those of the proposed recipes that can be made and loaded here, as-is first."""
        attempts = [self.candidate()]
        attempts += [self.make(recipe) for recipe in self.recipes if recipe != self.as_is]
        return [each for each in attempts if each.problem is None and each.recipe.method not in self.absent]

    @cached_property
    def absent(self) -> dict[str, str]:
        """Methods for hardware that is not here, and what their `load` says about it."""
        reasons = {}
        for attempt in (self.make(recipe) for recipe in self.recipes):
            if attempt.problem is None:
                try:
                    self.use(attempt, [])
                except BackendMissing as problem:
                    reasons[attempt.recipe.method] = str(problem)
        return reasons

    def use(self, attempt: Attempt, questions: Sequence[Noun], **about: object) -> tasks.Examined:
        """Load a candidate in a worker of its own and put questions to the one session, in order.

        Raises:
            EdgeciError: as Worker.ask.
        """
        target = self.target.model_copy(update=about)
        save = self.folder / "answers.npz"
        return self.ask(self.fixture.examine, attempt.path, attempt.recipe, target, list(questions), save)

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
