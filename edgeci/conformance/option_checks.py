"""What a backend says of its options is what it does: every row of its METHODS is tried with what it excludes.

A backend whose METHODS are bare names says nothing, and there is nothing to try.
"""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from edgeci.backends.options import Option, described
from edgeci.conformance.subject import Subject, demand
from edgeci.conformance.tasks import Made, attempts
from edgeci.types import Recipe

TRIED = "options"
"""Where a subject keeps the answers to all trials: they are put to one worker, because each takes long to start."""


@dataclass(frozen=True)
class Trial:
    """A recipe that must be refused, for an option by the name in it."""

    option: str
    recipe: Recipe

    @property
    def asked(self) -> str:
        return f"{self.recipe.method} with {self.recipe.options}"


def a_value_of_another_kind_is_refused(subject: Subject) -> None:
    """No option takes a value of another kind for its own: "false" is not false, and 1 is not true."""
    refuse_all(subject, of_another_kind)


def a_value_out_of_range_is_refused(subject: Subject) -> None:
    """No option takes a value beyond its bounds, or none of its choices."""
    refuse_all(subject, out_of_range)


def a_misspelt_option_is_refused(subject: Subject) -> None:
    """An option whose name is nearly right is a ConfigError that names it."""
    refuse_all(subject, misspelt)


def of_another_kind(option: Option) -> Iterator[tuple[str, JsonValue]]:
    return ((option.name, value) for value in option.kind.strangers if not option.can_be(value))


def out_of_range(option: Option) -> Iterator[tuple[str, JsonValue]]:
    return ((option.name, value) for value in beyond(option) if not option.can_be(value))


def beyond(option: Option) -> Iterator[JsonValue]:
    if option.minimum is not None:
        yield option.minimum - 1
    if option.maximum is not None:
        yield option.maximum + 1
    numbers = [choice for choice in option.choices if isinstance(choice, int | float)]
    if option.choices:
        yield max(numbers) + 1 if numbers else "no-such-choice"


def misspelt(option: Option) -> Iterator[tuple[str, JsonValue]]:
    yield option.name + option.name[-1], True


Wrongs = Callable[[Option], Iterator[tuple[str, JsonValue]]]
"""Names and values that must be refused."""


def refuse_all(subject: Subject, wrongs: Wrongs) -> None:
    """
    Raises:
        Nonconformity: one of them is made, or refused without naming the option.
    """
    answers = tried(subject)
    for trial in trials(subject, wrongs):
        made = answers[trial.recipe.id]
        demand(made.error, f"{trial.asked} is made all the same")
        demand(made.error == "ConfigError" and made.is_deliberate,
               f"{trial.asked} ends in {made.error} ({made.message}), not in a ConfigError")  # fmt: skip
        named = trial.option in made.message
        demand(named, f"{trial.asked}: the refusal does not name {trial.option}: {made.message}")


def tried(subject: Subject) -> dict[str, Made]:
    """What became of each recipe; asked once."""
    every = [trial.recipe for wrongs in (of_another_kind, out_of_range, misspelt) for trial in trials(subject, wrongs)]
    if TRIED not in subject.answers and every:
        model, calibration = subject.fixture.model.absolute(), subject.fixture.calibration
        folder = Path(tempfile.mkdtemp(dir=subject.folder))
        subject.answers[TRIED] = subject.ask(attempts, subject.kind, model, every, calibration, folder)
    return dict(zip((recipe.id for recipe in every), subject.answers.get(TRIED, []), strict=True))


def trials(subject: Subject, wrongs: Wrongs) -> Iterator[Trial]:
    for method, row in described(subject.backend).items():
        for option in row.options:
            for name, value in wrongs(option):
                yield Trial(name, Recipe(backend=subject.name, method=method, options={name: value}))


OPTIONS = (a_value_of_another_kind_is_refused, a_value_out_of_range_is_refused, a_misspelt_option_is_refused)
