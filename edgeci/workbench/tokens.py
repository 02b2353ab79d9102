"""Items of a model of text, tokenized once by its own tokenizer, and kept in the workspace for every worker."""

from pathlib import Path

from edgeci.errors import ConfigError
from edgeci.evaluation.text import TextSamples, load_samples
from edgeci.isolation.environments import interpreter
from edgeci.isolation.process import ask_once
from edgeci.records import TEMPORARY, describe, digest, digest_of
from edgeci.types import Assessment, DataSource, File, Text
from edgeci.workbench.project import Project, private_model

TEXT_TASKS = "edgeci.work.text_tasks"
LAYOUT = "2"
"""Of the kept files; another one is another key, so that what an older edgeci kept is not misread."""


def reads_tokens(assessment: Assessment) -> bool:
    """Language models and embedding models."""
    return assessment.task != "tensors"


def tokenizing_backend(project: Project) -> str:
    """Who reads the tokenizer: the baseline's backend."""
    return project.loaded.config.targets[0].backends[0]


def tokenized(project: Project, assessment: Assessment, source: DataSource) -> Path:
    """The file of a data source's items, made where it is not there yet.

    Raises:
        ConfigError, InputRejected: as edgeci.evaluation.text.tokenize, and refuse_beyond_context.
        BackendMissing: nobody here can read the model's tokenizer.
    """
    config, backend = project.loaded.config, tokenizing_backend(project)
    refuse_beyond_context(assessment, config.text)
    home = project.home_of(source)
    data = Path(home) / (source.path or "")
    parts = [LAYOUT, source.model_dump_json(), assessment.model.sha256, config.text.model_dump_json(), backend]
    key = digest_of([*parts, digest(data) if data.is_file() else "not there"])
    with project.workspace.shared_folder("texts") as folder:
        path = folder / f"{key[:16]}.json"
        if not is_kept(project, path):
            half = path.with_name(f"{TEMPORARY}{path.name}")
            ask_once(
                f"{TEXT_TASKS}:inspect",
                config.limits,
                interpreter(backend, config, project.say),
                model=str(private_model(project, assessment).absolute()),
                backend=backend,
                model_task=assessment.task,
                source=source.model_dump(),
                folder=home,
                text=config.text.model_dump(),
                save=str(half),
            )
            half.replace(path)
            keep(project, path)
    return path


def is_kept(project: Project, path: Path) -> bool:
    """Whether this very file was made by this run, or by one that counts."""
    listed = project.workspace.read_or_empty("text", File)
    return path.is_file() and describe(path.parent, path) in listed


def keep(project: Project, path: Path) -> None:
    others = [file for file in project.workspace.read_or_empty("text", File) if file.path != path.name]
    project.workspace.write("text", [*others, describe(path.parent, path)], File)


def refuse_beyond_context(assessment: Assessment, text: Text) -> None:
    """Some runtimes abort there, others answer nonsense.

    Raises:
        ConfigError: a text, or a timed request, is longer than what the model was made for.
    """
    longest = assessment.details.get("context_length")
    asked = text.prompt_tokens + (text.output_tokens if assessment.task == "text" else 0)
    for name, length in (("text.window", text.window), ("the timed request", asked)):
        if isinstance(longest, int) and length > longest:
            raise ConfigError(f"{name} has {length} tokens, and {assessment.model.path} takes {longest}")


def items_of(project: Project, assessment: Assessment, source: DataSource) -> TextSamples:
    """As `tokenized`, read."""
    return load_samples(tokenized(project, assessment, source))
