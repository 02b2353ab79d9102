"""Hold a workspace for one run: only a folder that is edgeci's own, one run at a time, swept of what a killed one left.

A folder of the user's is refused. A workspace that somebody else made (a pull request that commits one, an artifact,
a copy) is set aside whole under another name, so that nothing in it counts and nothing of it is lost.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from edgeci.errors import WorkspaceError
from edgeci.records import TEMPORARY, explained, write_atomically
from edgeci.workspace import ENTRIES, HOLDER, IGNORED, LEDGER, LOCK, Workspace, remove

Tracked = Callable[[Path], list[Path]]
"""Files in a folder that lie there because git put them there."""


@contextmanager
def held(workspace: Workspace, tracked: Tracked = lambda folder: []) -> Iterator[None]:
    """Hold the workspace; a second run gets a clear error at once.

    Raises:
        WorkspaceError: a link, a folder of somebody else's, in use, read-only or full.
    """
    refuse_others(workspace.folder)
    with explained(workspace.folder):
        workspace.folder.mkdir(parents=True, exist_ok=True)
    set_aside_strangers(workspace, tracked)
    with explained(workspace.folder):
        workspace.folder.mkdir(parents=True, exist_ok=True)
        begin(workspace)
    with locked(workspace.folder):
        sweep(workspace.folder)
        yield


def refuse_others(folder: Path) -> None:
    """A workspace that is a link, or holds something and is not marked as edgeci's."""
    if folder.is_symlink():
        raise WorkspaceError(f"{folder}: a symbolic link; choose a folder with --workspace")
    if not folder.is_dir() or os.path.lexists(folder / f"{LEDGER}.json"):
        return
    others = sorted(name for name in (path.name for path in folder.iterdir()) if not name.startswith(TEMPORARY))
    if others:
        raise WorkspaceError(
            f"{folder}: not empty and not a workspace of edgeci's (it holds {', '.join(others[:3])}); "
            "choose another folder with --workspace"
        )


def set_aside_strangers(workspace: Workspace, tracked: Tracked) -> None:
    """Move a workspace away that this machine's edgeci did not make here, or that git put here."""
    folder = workspace.folder
    if not os.path.lexists(folder / f"{LEDGER}.json"):
        return
    from_git = [path for path in tracked(folder) if path.name not in (LOCK, HOLDER, IGNORED)]
    if not from_git and workspace.is_own_ledger(workspace.content(folder / f"{LEDGER}.json")):
        return
    strangers = sorted({path.name for path in folder.iterdir()} - ENTRIES)
    if strangers:
        raise WorkspaceError(
            f"{folder}: marked as a workspace, but it holds {', '.join(strangers[:3])}, which edgeci never writes; "
            "choose another folder with --workspace"
        )
    why = f"git tracks {from_git[0].name} in it" if from_git else "this edgeci did not make it here"
    with locked(folder):
        away = free_name(folder)
        try:
            folder.rename(away)
        except OSError as problem:
            raise WorkspaceError(f"{folder}: {why}, and it cannot be set aside: {problem.strerror}") from problem
    workspace.ledger = None
    workspace.say(f"{folder}: {why}, so nothing in it counts; set aside as {away.name}")


def free_name(folder: Path) -> Path:
    numbered = (folder.with_name(f"{folder.name}.set-aside-{number}") for number in range(1, 10_000))
    return next(path for path in numbered if not os.path.lexists(path))


def begin(workspace: Workspace) -> None:
    """Mark a new folder as edgeci's, and keep it out of git; neither replaces what is there."""
    if not workspace.owned():
        workspace.record({LOCK, HOLDER, f"{LEDGER}.json"})
    if not os.path.lexists(workspace.folder / IGNORED):
        workspace.claim(workspace.folder / IGNORED)
        write_atomically(workspace.folder / IGNORED, b"*\n")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    lock, holder = FileLock(folder / LOCK, blocking=False), folder / HOLDER
    try:
        with explained(folder):
            lock.acquire()
    except Timeout:
        raise WorkspaceError(
            f"{folder}: in use by {name_of(holder)}; wait for it or choose another folder with --workspace"
        ) from None
    try:
        with explained(folder):
            holder.write_text(f"process {os.getpid()}\n")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def name_of(holder: Path) -> str:
    try:
        return holder.read_text()[:100].strip() or "another edgeci"
    except (OSError, ValueError):
        return "another edgeci"


def sweep(folder: Path) -> None:
    """Remove what a killed run was writing: nobody else's name begins like that, and nobody else holds the lock."""
    for pattern in (f"{TEMPORARY}*", f"*/{TEMPORARY}*", f"*/*/{TEMPORARY}*", f"*/*/*/{TEMPORARY}*"):
        for path in folder.glob(pattern):
            remove(path)
