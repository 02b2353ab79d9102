"""Lies told by a workspace: a folder of somebody else's, and records that this run on this machine did not make."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

from edgeci.errors import EdgeciError
from edgeci.holding import held
from edgeci.saboteurs.honest import measurements
from edgeci.saboteurs.saboteur import Saboteur
from edgeci.types import Measurement
from edgeci.workbench.project import workspace_at
from edgeci.workspace import Workspace

Lie = Callable[[Workspace], Workspace]


def saboteurs() -> Iterator[Saboteur]:
    """Every lie about what was measured, and every folder that is none of ours."""
    for name, lie in RECORDS.items():
        yield Saboteur("workspaces", name, believed_after(lie))
    for name, prepare in FOLDERS.items():
        yield Saboteur("workspaces", name, held_after(prepare))


def believed_after(lie: Lie) -> Callable[[Path], str | None]:
    """How honest records are refused once something was done to them."""

    def attempt(folder: Path) -> str | None:
        workspace = workspace_at(folder / ".edgeci")
        workspace.write("measurements", measurements().values(), Measurement)
        if len(workspace.read("measurements", Measurement, "benchmark")) != len(measurements()):
            raise EdgeciError("the honest records are not believed")
        try:
            lie(workspace).read("measurements", Measurement, "benchmark")
        except EdgeciError as problem:
            return str(problem)
        return None

    return attempt


def edited(old: str, new: str) -> Lie:
    def lie(workspace: Workspace) -> Workspace:
        path = workspace.folder / "measurements.json"
        path.write_text(path.read_text().replace(old, new))
        return workspace

    return lie


def elsewhere(**origin: str) -> Lie:
    """The same records, as a run sees them that is not the one that made them."""

    def lie(workspace: Workspace) -> Workspace:
        other = workspace.witness.origin.model_copy(update=origin)
        return Workspace(workspace.folder, dataclasses.replace(workspace.witness, origin=other))

    return lie


def forged(workspace: Workspace) -> Workspace:
    """Written anew by somebody who does not have the key."""
    stranger = Workspace(workspace.folder, dataclasses.replace(workspace.witness, key=bytes(32)))
    (workspace.folder / "measurements.json").write_bytes(
        stranger.sealed("measurements.json", measurements().values(), Measurement)
    )
    return workspace


def held_after(prepare: Callable[[Path], object]) -> Callable[[Path], str | None]:
    """How a folder is refused, whatever is in it left as it was."""

    def attempt(folder: Path) -> str | None:
        (folder / "home").mkdir()
        (folder / "home" / ".env").write_text("secret")
        prepare(folder / "home")
        try:
            with held(workspace_at(folder / "work" if (folder / "work").is_symlink() else folder / "home")):
                return None
        except EdgeciError as problem:
            return str(problem) if (folder / "home" / ".env").exists() else None

    return attempt


def marked(folder: Path) -> None:
    """With the mark of another workspace of this very machine."""
    other = workspace_at(folder.parent / "other")
    other.write("measurements", [], Measurement)
    (folder / "owned.json").write_bytes((other.folder / "owned.json").read_bytes())


RECORDS: dict[str, Lie] = {
    "samples divided": edited("10.", "1."),
    "a seal taken away": edited('"seal"', '"seel"'),
    "records sealed with another key": forged,
    "records of another machine": elsewhere(machine="another"),
    "records from before the machine was started": elsewhere(boot="another"),
    "records of another job": elsewhere(run="7/1/gate"),
    "records of another folder": elsewhere(workspace="another"),
}
FOLDERS: dict[str, Callable[[Path], object]] = {
    "a user's folder": lambda folder: None,
    "a link to a user's folder": lambda folder: (folder.parent / "work").symlink_to(folder),
    "a user's folder with a mark": marked,
}
