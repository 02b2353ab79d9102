"""The data, before anything is made from it: every item can be read, and none that tunes is one that judges."""

from edgeci.errors import ConfigError
from edgeci.evaluation import embeddings
from edgeci.evaluation.text import refuse_without_items
from edgeci.isolation.process import ask_once
from edgeci.types import Assessment, DataSource, Planned, Recipe
from edgeci.workbench.project import Project, tensors
from edgeci.workbench.tokens import items_of, reads_tokens


def inspect_data(project: Project, assessment: Assessment, planned: list[Planned]) -> dict[str, list[str]]:
    """Digests of every item, by the data source's JSON.

    Raises:
        ConfigError: unusable data, or a calibration item that is an evaluation item too.
    """
    config = project.loaded.config
    judging = inspect(project, assessment, config.data.evaluation, config.metric)
    found: dict[str, list[str]] = {}
    for source in [config.data.calibration, *(plan.recipe.calibration for plan in planned)]:
        if source is not None and source.model_dump_json() not in found:
            items = inspect(project, assessment, source, None)
            refuse_overlap(source, items, set(judging))
            found[source.model_dump_json()] = items
    return found


def inspect(project: Project, assessment: Assessment, source: DataSource, metric: str | None) -> list[str]:
    if reads_tokens(assessment):
        items = items_of(project, assessment, source)
        if metric is not None:
            refuse = embeddings.refuse_without_items if assessment.task == "embeddings" else refuse_without_items
            refuse(metric, items)
        return items.digests()
    answer = ask_once(
        "edgeci.work.tasks:inspect",
        project.loaded.config.limits,
        source=source.model_dump(),
        folder=project.home_of(source),
        tensors=tensors(assessment),
        metric=metric,
    )
    return list(answer["digests"])


def refuse_overlap(source: DataSource, items: list[str], judging: set[str]) -> None:
    shared = [index for index, item in enumerate(items) if item in judging]
    if shared:
        raise ConfigError(
            f"{source.path or source.python}: {len(shared)} of {len(items)} calibration items are evaluation items "
            f"too (first: item {shared[0]}); a model must not be judged on what tuned it"
        )


def calibration_digests(project: Project, recipe: Recipe, items: dict[str, list[str]]) -> list[str]:
    source = calibration_of(project, recipe)
    return [] if source is None else items[source.model_dump_json()]


def calibration_of(project: Project, recipe: Recipe) -> DataSource | None:
    return recipe.calibration or project.loaded.config.data.calibration
