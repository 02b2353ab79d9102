"""The data, before anything is made from it: every item can be read, and none that tunes is one that judges."""

from collections.abc import Sequence
from dataclasses import dataclass

from edgeci.errors import ConfigError
from edgeci.isolation.process import Worker, ask_once
from edgeci.kinds.registry import kind
from edgeci.records import digest_of
from edgeci.types import Assessment, ClassIndex, DataSource, Planned, Recipe
from edgeci.work import data
from edgeci.workbench.foresight import tell_too_few_items
from edgeci.workbench.items import items_of
from edgeci.workbench.project import Project


@dataclass(frozen=True)
class InspectedData:
    """What all data sources hold, as digests."""

    judging: str
    """Of all evaluation items, and of what they should give."""
    calibration: dict[str, tuple[str, ...]]
    """Of every item, by the data source's JSON."""


def inspect_data(project: Project, assessment: Assessment, planned: list[Planned]) -> InspectedData:
    """Read all of it, and tell what a person should know of it.

    Raises:
        ConfigError: unusable data, or a calibration item that is an evaluation item too.
    """
    config = project.loaded.config
    evaluation = inspected(project, assessment, config.data.evaluation, config.judging)
    tell(project, evaluation)
    tell_too_few_items(project, evaluation.counts)
    project.workspace.write("classes", evaluation.classes, ClassIndex)
    judging = set(evaluation.digests)
    digests: dict[str, tuple[str, ...]] = {}
    for source in [config.data.calibration, *(plan.recipe.calibration for plan in planned)]:
        if source is not None and source.model_dump_json() not in digests:
            calibration = inspected(project, assessment, source, None)
            tell(project, calibration)
            refuse_overlap(source, calibration.digests, judging)
            digests[source.model_dump_json()] = calibration.digests
    return InspectedData(digest_of([*evaluation.digests, evaluation.expected]), digests)


def inspect_plain_data(project: Project, assessment: Assessment, planned: list[Planned]) -> None:
    """Read the data that need nothing made for them; of other kinds they wait for the source model's tokenizer.

    Raises:
        ConfigError, InputRejected: as inspect_data.
    """
    if kind(assessment.kind).keep is None:
        inspect_data(project, assessment, planned)


def inspected(project: Project, assessment: Assessment, source: DataSource, metric: str | None) -> data.Inspected:
    """What a data source holds; a file of edgeci's own is read here, a stranger's in a worker.

    Raises:
        ConfigError, InputRejected: data that cannot be used, or not for the metric.
    """
    asked = items_of(project, assessment, source)
    if asked.kept:
        return data.inspect(assessment.kind, asked, metric)
    return ask_once(Worker(project.loaded.config.limits), data.inspect, assessment.kind, asked, metric)


def tell(project: Project, items: data.Inspected) -> None:
    for remark in items.remarks:
        project.say(remark)


def refuse_overlap(source: DataSource, items: Sequence[str], judging: set[str]) -> None:
    shared = [index for index, item in enumerate(items) if item in judging]
    if shared:
        raise ConfigError(
            f"{source.path or source.python}: {len(shared)} of {len(items)} calibration items are evaluation items "
            f"too (first: item {shared[0]}); a model must not be judged on what tuned it"
        )


def calibration_digests(project: Project, recipe: Recipe, items: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    source = calibration_of(project, recipe)
    return () if source is None else items[source.model_dump_json()]


def calibration_of(project: Project, recipe: Recipe) -> DataSource | None:
    return recipe.calibration or project.loaded.config.data.calibration
