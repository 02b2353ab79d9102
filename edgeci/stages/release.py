"""One folder a target with what ships: the model that passed, and everything needed to check that it did.

A target without a winner has no folder, not even an earlier run's. Equal evidence gives equal bytes. checksums.txt
covers every other file, so it is the single subject for whoever signs the bundle.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import edgeci
from edgeci.bundles.consistency import faults
from edgeci.bundles.layout import (
    CHECKSUMS,
    CONFIGURATION,
    MODEL,
    NOTICE,
    RECORD,
    REPORTS,
    opened,
    place,
    read,
    rejected,
    write,
)
from edgeci.config_file import Loaded
from edgeci.errors import InputRejected, WorkspaceError
from edgeci.records import describe, digest, encode
from edgeci.reports.characters import one_line
from edgeci.types import Candidate, Evidence, File, Release, Target
from edgeci.workbench.project import Project
from edgeci.workspace import Workspace

LEGAL_TEXT = re.compile(r"(licen[cs]e|notice|copying)([.-].*)?", re.IGNORECASE)
MOST_LEGAL_BYTES = 1 << 20
CHUNK_BYTES = 1 << 20


def release(
    project: Project, evidence: Evidence, homes: Mapping[str, Path], reports: Mapping[str, bytes]
) -> list[Release]:
    """Bundle the winner of each target that has one; without any, nothing.

    `homes`: the workspace in which each target's candidates lie.

    Raises:
        InputRejected: a candidate's file is not what was measured.
        WorkspaceError: the records contradict each other or edgeci.yaml, or the disk refuses.
    """
    winners = {decision.target: decision.winner for decision in evidence.decisions if decision.winner is not None}
    targets = [target for target in evidence.targets if target.name in winners]
    workspace, loaded, say = project.workspace, project.loaded, project.say
    workspace.keep_only(workspace.release, {target.name for target in targets} | spared(loaded, evidence))
    supplement = {
        NOTICE: legal_texts(folder_around(loaded.folder / loaded.config.model), say),
        CONFIGURATION: loaded.path.read_bytes(),
        **{f"{REPORTS}/{name}": content for name, content in reports.items()},
    }
    return [
        bundle_winner(workspace, homes[target.name], evidence, supplement, target, winners[target.name], say)
        for target in targets
    ]


def folder_around(model: Path) -> Path:
    """The folder whose legal texts are the model's."""
    return model if model.is_dir() else model.parent


def spared(loaded: Loaded, evidence: Evidence) -> set[str]:
    """Targets that were not asked about and whose last decision, if there is one, still has a winner."""
    configured = {target.name for target in loaded.config.targets}
    lost = {decision.target for decision in evidence.decisions if decision.winner is None}
    return configured - {target.name for target in evidence.targets} - lost


def bundle_winner(
    workspace: Workspace,
    home: Path,
    evidence: Evidence,
    supplement: Mapping[str, bytes],
    target: Target,
    winner: str,
    say: Callable[[str], None],
) -> Release:
    """The folder of one target, written wholly or not at all."""
    destination = workspace.release / target.name
    candidate = next((candidate for candidate in evidence.candidates if candidate.recipe.id == winner), None)
    if candidate is None:
        raise WorkspaceError(f"{target.name}: there is no candidate {winner}; run `edgeci optimize` again")
    with workspace.fresh_folder(destination) as folder:
        copy_model(home / workspace.candidates.name / winner, candidate, folder)
        for name, content in supplement.items():
            write(folder, name, introduction(evidence, target, candidate) + content if name == NOTICE else content)
        made = describe_release(evidence, target, candidate, listing(folder))
        for _, fault in faults(made, supplement[CONFIGURATION]):
            raise WorkspaceError(one_line(f"{target.name} is not released: {fault}; run `edgeci gate` again"))
        write(folder, RECORD, encode("release", [made]))
        write(folder, CHECKSUMS, checksums(listing(folder)))
    say(f"{target.name}: {candidate.recipe.title} is in {destination}, sha256 {digest(destination / CHECKSUMS)}")
    return made


def copy_model(source: Path, candidate: Candidate, folder: Path) -> None:
    for file in candidate.files:
        try:
            copy_checked(source / file.path, place(folder, f"{MODEL}/{file.path}"), file)
        except InputRejected as problem:
            raise InputRejected(f"{problem}; run `edgeci optimize` again") from problem


def copy_checked(source: Path, destination: Path, file: File) -> None:
    """Copy the very bytes that are digested, so nothing can change in between."""
    sha256 = hashlib.sha256()
    with opened(source) as reading, destination.open("wb") as writing:
        while chunk := reading.read(CHUNK_BYTES):
            sha256.update(chunk)
            writing.write(chunk)
    destination.chmod(0o644)
    if sha256.hexdigest() != file.sha256:
        raise rejected(source, f"not the file that was measured: sha256 {sha256.hexdigest()}, recorded {file.sha256}")


def listing(folder: Path) -> tuple[File, ...]:
    """Every file below a folder, by path."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return tuple(sorted((describe(folder, path) for path in paths), key=lambda file: file.path))


def checksums(files: tuple[File, ...]) -> bytes:
    """The format of sha256sum."""
    return "".join(f"{file.sha256}  {file.path}\n" for file in files).encode()


def describe_release(evidence: Evidence, target: Target, candidate: Candidate, files: tuple[File, ...]) -> Release:
    subject = (candidate.recipe.id, target.name)
    return Release(
        candidate=candidate,
        target=target,
        verdicts=tuple(item for item in evidence.verdicts if (item.candidate, item.target) == subject),
        measurements=tuple(item for item in evidence.measurements if (item.candidate, item.target) == subject),
        assessment=evidence.assessment,
        hardware=evidence.hardware_of(target.name),
        files=files,
        edgeci=edgeci.__version__,
    )


def introduction(evidence: Evidence, target: Target, candidate: Candidate) -> bytes:
    """What was made, from what, with what; for people."""
    source = evidence.assessment.model
    lines = [
        f"Made by edgeci {edgeci.__version__} for the target {target.name}.",
        "",
        f"Made from: {source.path} ({source.format}), sha256 {source.sha256}",
        f"Producer:  {evidence.assessment.producer or 'not recorded'}",
        f"Recipe:    {candidate.recipe.title} ({candidate.recipe.id})",
        *(f"Made with: {name} {version}" for name, version in sorted(candidate.versions.items())),
        *(f"Model:     {MODEL}/{file.path}, sha256 {file.sha256}" for file in candidate.files),
    ]
    return "".join(one_line(line) + "\n" for line in lines).encode()


def legal_texts(folder: Path, say: Callable[[str], None]) -> bytes:
    """LICENSE, NOTICE and COPYING files beside the model, each under its name, byte for byte."""
    return b"".join(
        f"\n==== {path.name}, as it lay beside the source model ====\n\n".encode() + content
        for path, content in legal_files(folder, say)
    )


def legal_files(folder: Path, say: Callable[[str], None]) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if LEGAL_TEXT.fullmatch(path.name) and path.name.isprintable() and not path.is_dir():
            try:
                yield path, read(path, MOST_LEGAL_BYTES)
            except InputRejected as problem:
                say(f"{problem}; left out of {NOTICE}")
