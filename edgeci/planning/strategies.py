"""What is worth trying first, by platform and kind of model: strategies.yaml, and the few questions asked of it.

A strategy is a prior, never a decision: it orders what a plan tries, drops nothing, and measurements alone decide.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, get_args

import yaml
from pydantic import Field, JsonValue

from edgeci.kinds.protocol import Family
from edgeci.kinds.registry import kind
from edgeci.types import Assessment, Fact, Name, Noun, Recipe, Target

FILE = Path(__file__).with_name("strategies.yaml")
FAMILIES: tuple[Family, ...] = get_args(Family)

WIDTH = "embedding_length"
"""Detail of an assessment: how many numbers describe one token of a language model."""


class Condition(Noun):
    """What a fact must be. A fact that is not known meets no condition."""

    fact: str
    """Name of a fact about the machine, or `accelerator` of the target."""
    matches: str | None = None
    """A regular expression that is found in the value."""
    any_of: tuple[JsonValue, ...] | None = None
    """The value, or one of its items, is one of these."""
    none_of: tuple[JsonValue, ...] = ()
    """Neither the value nor any of its items is one of these."""

    def holds(self, fact: Fact | None) -> bool:
        if fact is None:
            return False
        values = fact.value if isinstance(fact.value, list) else [fact.value]
        return (
            (self.matches is None or any(re.search(self.matches, str(value)) for value in values))
            and (self.any_of is None or any(value in self.any_of for value in values))
            and not any(value in self.none_of for value in values)
        )


class Choice(Noun):
    """A recipe that a row recommends."""

    backend: Name
    """Who makes it; it need not be installed."""
    method: Name
    """As the backend names it."""
    options: dict[str, JsonValue] = {}
    """Only those in which it differs from the backend's own defaults."""
    width_multiple: int | None = Field(default=None, gt=1)
    """A language model whose width is no multiple of it gains little: the choice then goes behind the others."""
    remark: str = ""
    """What a reader should know before believing it."""

    def is_for(self, recipe: Recipe) -> bool:
        """Whether the recipe is what the choice means; options it does not name may be anything."""
        same = (self.backend, self.method) == (recipe.backend, recipe.method)
        return same and self.options.items() <= recipe.options.items()

    @property
    def recipe(self) -> Recipe:
        return Recipe(backend=self.backend, method=self.method, options=self.options)


class Row(Noun):
    """What to try for some kinds of model, best first, and who says so since when."""

    kinds: tuple[Family, ...] = Field(min_length=1)
    recipes: tuple[Choice, ...] = Field(min_length=1)
    source: str = Field(min_length=1)
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
    """Year and month of the source, or of the measurement."""


class Platform(Noun):
    """A kind of machine, recognised by facts. Without conditions it is any machine."""

    name: Name
    title: str
    when: tuple[Condition, ...] = ()
    """All of them must hold."""
    rows: tuple[Row, ...] = Field(min_length=1)


class Strategies(Noun):
    """The whole file; the first platform that fits and has a row for the kind of model counts."""

    version: Literal[1]
    platforms: tuple[Platform, ...] = Field(min_length=1)


class Strategy(Noun):
    """The row that counts for a target, and the facts it was chosen by."""

    target: Name
    kind: Family
    platform: Name
    title: str
    facts: tuple[Fact, ...]
    choices: tuple[Choice, ...]
    """In the order that counts for this model."""
    source: str
    date: str


@cache
def strategies() -> Strategies:
    """What is packaged; strict, so a mistake in the file cannot become a silent default."""
    return Strategies.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def strategy(assessment: Assessment, target: Target, facts: Iterable[Fact]) -> Strategy:
    """The row for this model on this target: the first platform whose conditions all hold and that has one."""
    known, family = facts_of(target, facts), kind(assessment.kind).family(assessment)
    platform, row = next(
        (platform, row)
        for platform in strategies().platforms
        if all(condition.holds(known.get(condition.fact)) for condition in platform.when)
        for row in platform.rows
        if family in row.kinds
    )
    return Strategy(
        target=target.name,
        kind=family,
        platform=platform.name,
        title=platform.title,
        facts=tuple(known[name] for name in dict.fromkeys(condition.fact for condition in platform.when)),
        choices=tuple(sorted(row.recipes, key=lambda choice: steps_back(choice, assessment))),
        source=row.source,
        date=row.date,
    )


def facts_of(target: Target, facts: Iterable[Fact]) -> dict[str, Fact]:
    """By name: what is known of the machine, and what the target declares."""
    declared = Fact(name="accelerator", value=target.accelerator, source=f"edgeci.yaml, target {target.name}")
    return {fact.name: fact for fact in (*facts, declared)}


def steps_back(choice: Choice, assessment: Assessment) -> bool:
    """Whether this model is too odd in width for the choice."""
    width = assessment.details.get(WIDTH)
    return choice.width_multiple is not None and isinstance(width, int) and width % choice.width_multiple != 0


def ordered(recipes: Iterable[Recipe], choices: Iterable[Choice]) -> Iterator[Recipe]:
    """The recipes that are chosen in the order of the choices, then the others as they were. None is lost."""
    left = list(recipes)
    for choice in choices:
        yield from (recipe for recipe in left if choice.is_for(recipe))
        left = [recipe for recipe in left if not choice.is_for(recipe)]
    yield from left
