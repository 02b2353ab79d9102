"""The items of a data source for every worker; of a kind that keeps them, made once and kept in the workspace."""

from pathlib import Path

from edgeci.isolation.environments import interpreter
from edgeci.isolation.process import Worker, ask_once
from edgeci.kinds.registry import kind
from edgeci.records import TEMPORARY, describe, digest, digest_of
from edgeci.types import Assessment, DataSource, File, Items
from edgeci.work import data
from edgeci.workbench.project import Project, private_model

LAYOUT = "4"
"""Of the kept files and of how items become tokens; another one is another key, so that what an older edgeci kept is
not misread."""


def items_of(project: Project, assessment: Assessment, source: DataSource) -> Items:
    """Where the items are.

    Raises:
        ConfigError, InputRejected: as the kind's `refuse_settings` and `keep`.
        BackendMissing: nobody here can make them.
    """
    chosen = kind(assessment.kind)
    chosen.refuse_settings(assessment, project.loaded.config.text)
    asked = asked_of(project, assessment, source)
    if chosen.keep is None:
        return asked
    return asked.model_copy(update={"kept": str(kept(project, assessment, asked))})


def asked_of(project: Project, assessment: Assessment, source: DataSource) -> Items:
    """What is asked, whether or not its items have been made."""
    config = project.loaded.config
    return Items(
        source=source,
        folder=project.home_of(source),
        tensors=assessment.inputs,
        outputs=assessment.outputs,
        operators=tuple(assessment.operators),
        metric=config.judging,
        output=config.output,
        threshold=config.threshold,
        detection=config.detection,
        sequence=config.sequence,
        text=config.text,
        model=str(private_model(project, assessment).absolute()),
        tokenizer=config.targets[0].backends[0],
    )


def kept(project: Project, assessment: Assessment, asked: Items) -> Path:
    """The file of the items, made where it is not there yet, by who reads the baseline's tokenizer."""
    path = Path(asked.folder) / (asked.source.path or "")
    parts = [LAYOUT, asked.source.model_dump_json(), assessment.model.sha256, asked.text.model_dump_json()]
    key = digest_of([*parts, asked.tokenizer, digest(path) if path.is_file() else "not there"])
    with project.workspace.shared_folder("texts") as folder:
        place = folder / f"{key[:16]}.json"
        if not is_kept(project, place):
            half = place.with_name(f"{TEMPORARY}{place.name}")
            config = project.loaded.config
            worker = Worker(config.limits, interpreter(asked.tokenizer, config, project.say))
            ask_once(worker, data.keep, assessment.kind, asked, half)
            half.replace(place)
            note(project, place)
    return place


def is_kept(project: Project, path: Path) -> bool:
    """Whether this very file was made by this run, or by one that counts."""
    listed = project.workspace.read_or_empty("text", File)
    return path.is_file() and describe(path.parent, path) in listed


def note(project: Project, path: Path) -> None:
    others = [file for file in project.workspace.read_or_empty("text", File) if file.path != path.name]
    project.workspace.write("text", [*others, describe(path.parent, path)], File)
