"""What was stored of a run, read back as evidence: this workspace's own, or that of other jobs where it is named.

A workspace's own records are believed because they are sealed (edgeci.workspace). Those of another job on another
machine cannot be: whoever names its folder vouches for it. It must still be what one run on one machine left, of this
workflow where there is one, and nothing that git put there.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgeci import github, regular_files
from edgeci.errors import ConfigError, EdgeciError, WorkspaceError
from edgeci.hardware.fingerprint import fingerprint
from edgeci.records import Record, decode, origin_of
from edgeci.types import Assessment, Candidate, Change, Fact, Measurement, Origin, Planned, Skipped
from edgeci.workbench.project import Project, tracked
from edgeci.workspace import MOST_LIST_BYTES


@dataclass(frozen=True)
class Stored:
    """The records of one run on one machine."""

    folder: Path
    """In whose `candidates/` the models lie."""
    assessment: Assessment
    hardware: tuple[Fact, ...]
    planned: tuple[Planned, ...]
    candidates: tuple[Candidate, ...]
    skipped: tuple[Skipped, ...]
    measurements: tuple[Measurement, ...]
    changes: tuple[Change, ...] = ()

    def is_of(self, target: str) -> bool:
        """Whether it was planned here."""
        return any(plan.target == target for plan in self.planned)


def stored(project: Project, evidence: Sequence[Path]) -> tuple[Stored, ...]:
    """The named jobs' records; without any, this workspace's own.

    Raises:
        WorkspaceError: a verb has not run, or a record cannot be believed.
        ConfigError: a folder is none, or two of them contradict each other.
    """
    if not evidence:
        return (own(project),)
    sources = tuple(foreign(folder) for folder in evidence)
    refuse_contradictions(evidence, sources)
    return sources


def own(project: Project) -> Stored:
    workspace = project.workspace
    return Stored(
        folder=workspace.folder,
        assessment=workspace.read("assessment", Assessment, "assess")[0],
        hardware=tuple(workspace.read("hardware", Fact, "assess")),
        planned=tuple(workspace.read("plan", Planned, "plan")),
        candidates=tuple(workspace.read("candidates", Candidate, "optimize")),
        skipped=tuple(workspace.read_or_empty("skipped", Skipped)),
        measurements=tuple(workspace.read("measurements", Measurement, "benchmark")),
        changes=project.changes,
    )


def foreign(folder: Path) -> Stored:
    """Another job's workspace, as an artifact brings it."""
    if folder.is_symlink() or not folder.is_dir():
        raise ConfigError(f"--evidence {folder}: not a folder; name the downloaded workspace of another job")
    if from_git := tracked(folder):
        raise WorkspaceError(
            f"{from_git[0]}: tracked by git, so it is no evidence; name the downloaded artifact of another job of this "
            "workflow's run"
        )
    reading = Reading(folder)
    source = Stored(
        folder=folder,
        assessment=reading.records("assessment", Assessment)[0],
        hardware=reading.records("hardware", Fact),
        planned=reading.records("plan", Planned),
        candidates=reading.records("candidates", Candidate),
        skipped=reading.records("skipped", Skipped),
        measurements=reading.records("measurements", Measurement),
        changes=reading.records("changes", Change) if reading.has("changes") else (),
    )
    reading.refuse_several_origins()
    refuse_other_machines(source, reading)
    return source


@dataclass(frozen=True)
class Reading:
    """Lists of a folder that nobody sealed for us, and where each says that it was made."""

    folder: Path

    def has(self, name: str) -> bool:
        return os.path.lexists(self.folder / f"{name}.json")

    def records(self, name: str, record: type[Record]) -> tuple[Record, ...]:
        path = self.folder / f"{name}.json"
        records = tuple(decode(self.content(path), record, str(path)))
        if record is Assessment and not records:
            raise WorkspaceError(f"{path}: empty; the job that made it did not come to its end")
        return records

    def content(self, path: Path) -> bytes:
        try:
            return regular_files.read(path, MOST_LIST_BYTES)
        except EdgeciError as problem:
            raise WorkspaceError(
                f"{problem}; let that job run `edgeci benchmark`, and keep its whole workspace"
            ) from problem

    def origins(self) -> Iterator[tuple[Path, Origin]]:
        for name in ("assessment", "hardware", "plan", "candidates", "skipped", "measurements"):
            path = self.folder / f"{name}.json"
            yield path, origin_of(self.content(path), str(path))

    def refuse_several_origins(self) -> None:
        (_, first), *others = self.origins()
        for path, made in others:
            if (made.machine, made.boot, made.run) != (first.machine, first.boot, first.run):
                raise WorkspaceError(f"{path}: not made by the run that made assessment.json beside it")
        here = github.job().partition("/")[0]
        if here and first.run.partition("/")[0] != here:
            raise WorkspaceError(f"{self.folder}: made by another run of a workflow; name artifacts of this run")


def refuse_other_machines(source: Stored, reading: Reading) -> None:
    """Samples belong to the machine whose facts stand beside them."""
    machine = fingerprint(source.hardware)
    (_, made), *_ = reading.origins()
    for measurement in source.measurements:
        if measurement.conditions.machine != machine or made.machine != machine:
            raise WorkspaceError(
                f"{source.folder}: {measurement.metric} was not measured on the machine that hardware.json describes"
            )


def refuse_contradictions(folders: Sequence[Path], sources: Sequence[Stored]) -> None:
    models: dict[object, Path] = {}
    builds: dict[str, tuple[object, Path]] = {}
    targets: dict[str, Path] = {}
    for folder, source in zip(folders, sources, strict=True):
        model = source.assessment.model
        models.setdefault((model.sha256, model.parts), folder)
        if len(models) > 1:
            raise ConfigError(f"--evidence {folder}: about another model than {next(iter(models.values()))}")
        for target in {plan.target for plan in source.planned}:
            if (other := targets.setdefault(target, folder)) != folder:
                raise ConfigError(f"--evidence {folder}: {target} was measured in {other}, too; name one of them")
        for candidate in source.candidates:
            files, other = builds.setdefault(candidate.recipe.id, (candidate.files, folder))
            if files != candidate.files:
                raise ConfigError(
                    f"--evidence {folder}: its {candidate.recipe.title} is not the one in {other}; judge them in "
                    "workspaces of their own"
                )
