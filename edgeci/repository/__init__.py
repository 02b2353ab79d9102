"""What a git repository says, asked so that nothing of it is run: the only code that starts git.

A pull request brings files, and some of them tell git to start programs: a folder that looks like a bare repository,
filters named in `.gitattributes`, a configuration that a real one includes. Here a repository is only what has a `.git`
(which no commit can bring), git is told which one it is, and every setting that would start something is overruled.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from edgeci.errors import ConfigError, EdgeciError
from edgeci.regular_files import read
from edgeci.repository import index, tree
from edgeci.repository.git import Git

__all__ = ["Repository", "repository_of"]

LARGEST_GITFILE_BYTES = 64 * 1024
NAME = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Repository:
    """A work tree and the folder in which git keeps what belongs to it."""

    root: Path
    git_folder: Path

    @property
    def git(self) -> Git:
        return Git(self.root, self.git_folder)

    @property
    def is_shallow(self) -> bool:
        """Whether the history was fetched only in part.

        Raises:
            ConfigError: git is missing or does not read this repository.
        """
        return self.git.trusted().asked("rev-parse", "--is-shallow-repository").text == "true"

    def commit(self, reference: str) -> str:
        """The full object name of a commit.

        Raises:
            ConfigError: no such commit, or as is_shallow.
        """
        if reference.startswith("-") or "\0" in reference:
            raise ConfigError(f"{reference!r}: no name of a commit")
        wanted = f"{reference}^{{commit}}"
        answer = self.git.trusted().asked("rev-parse", "--verify", "--quiet", "--end-of-options", wanted)
        if answer.code != 0 or not NAME.fullmatch(answer.text):
            raise ConfigError(f"{reference}: no such commit in the repository {self.root}; {self.remedy}")
        return answer.text

    @property
    def remedy(self) -> str:
        """What brings a commit that is not there."""
        if self.is_shallow:
            return "its history was fetched only in part; actions/checkout needs `fetch-depth: 0`"
        return "fetch it first"

    def has(self, commit: str, name: str) -> bool:
        """Whether a commit holds a file of that path from the root, as itself or as a symbolic link.

        Raises:
            ConfigError: as is_shallow.
        """
        return self.git.trusted().asked("ls-tree", "-z", "--full-tree", commit, "--", name).output != b""

    def write_tree(self, commit: str, folder: Path) -> None:
        """Write every file of a commit below `folder`, its bytes as they were committed.

        No filter, no attribute and no conversion applies; what Git LFS keeps elsewhere is taken from its local store.
        Submodules are left out, and symbolic links that might leave the tree.

        Raises:
            ConfigError: a file cannot be read (not fetched, say) or not be written here, or as is_shallow.
            InputRejected: names that are none, or too many files or bytes.
        """
        tree.write(self.git.trusted(), commit, folder)

    def tracked(self, folder: Path) -> list[Path]:
        """The files below `folder` that git knows and that lie there as git put them there.

        Raises:
            ConfigError: as is_shallow.
        """
        return index.tracked(self.git.trusted(), absolute(folder))


def repository_of(path: Path) -> Repository | None:
    """The repository whose work tree this path is in; None where there is none.

    A symbolic link on the way is not followed, so that the path stays below the root that it is told.
    """
    place = absolute(path)
    for folder in (place, *place.parents):
        git_folder = git_folder_of(folder / ".git")
        if git_folder is not None:
            return Repository(folder, git_folder)
    return None


def git_folder_of(place: Path) -> Path | None:
    """A `.git`, or the folder that it names: those of submodules and of further work trees are files."""
    if not place.is_file():
        return place if is_git_folder(place) else None
    try:
        line = read(place, LARGEST_GITFILE_BYTES, follow=True)
    except EdgeciError:  # whatever it is, it names no folder
        return None
    if not line.startswith(b"gitdir: "):
        return None
    named = place.parent / os.fsdecode(line.removeprefix(b"gitdir: ").rstrip(b"\r\n"))
    return named.resolve() if is_git_folder(named) else None


def is_git_folder(place: Path) -> bool:
    """As git itself tells one (is_git_directory in its setup.c)."""
    head = place / "HEAD"
    if not (head.is_file() or head.is_symlink()):
        return False
    return (place / "commondir").is_file() or ((place / "objects").is_dir() and (place / "refs").is_dir())


def absolute(path: Path) -> Path:
    """Without `..`, and with the links on the way."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow them
