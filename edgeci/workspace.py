"""The workspace: one folder that the verbs share, safe against crashes, a second run, and whoever else writes into it.

What lies in it is believed only where this very run on this machine made it (edgeci.witness), and what edgeci did not
write is left alone: `owned.json` names every file and folder that it did.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from edgeci import regular_files
from edgeci.errors import EdgeciError, WorkspaceError
from edgeci.records import (
    TEMPORARY,
    Record,
    decode,
    encode,
    explained,
    origin_of,
    other_schema,
    schema_of,
    synchronize,
    write_atomically,
)
from edgeci.types import Noun, Owned
from edgeci.witness import Witness

LEDGER = "owned"
LOCK, HOLDER, IGNORED = "lock", "lock.owner", ".gitignore"
LISTS = (
    "configuration", "assessment", "hardware", "plan", "rejected", "strategy", "classes", "candidates", "skipped",
    "text", "measurements", "profile", "passport", "changes", "verdicts", "decisions", LEDGER,
)  # fmt: skip
REPORTS = ("junit.xml", "junit-candidates.xml", "report.md", "report.html", "edgeci.sarif")
FOLDERS = ("model", "candidates", "texts", "scores", "against", "tree", "release", "manifests")
ENTRIES = frozenset({*(f"{name}.json" for name in LISTS), *REPORTS, *FOLDERS, LOCK, HOLDER, IGNORED})
"""Everything that can stand in a workspace."""
MOST_LIST_BYTES = 1 << 30


class Workspace:
    """Paths and record lists in one folder, `.edgeci` by default.

    `resumes`: what an earlier job on this machine left here counts, too.
    """

    def __init__(
        self,
        folder: Path,
        witness: Witness,
        say: Callable[[str], None] = lambda message: None,
        resumes: bool = False,
    ) -> None:
        self.folder, self.witness, self.say, self.resumes = folder, witness, say, resumes
        self.ledger: set[str] | None = None

    @property
    def candidates(self) -> Path:
        return self.folder / "candidates"

    @property
    def model(self) -> Path:
        """The private copy of the model that every worker reads."""
        return self.folder / "model"

    @property
    def release(self) -> Path:
        return self.folder / "release"

    @property
    def manifests(self) -> Path:
        return self.folder / "manifests"

    def write(self, name: str, records: Iterable[Noun], record: type[Noun]) -> None:
        """Replace the list `name`.json.

        Raises:
            WorkspaceError: as place.
        """
        self.place(f"{name}.json", self.sealed(f"{name}.json", records, record))

    def sealed(self, place: str, records: Iterable[Noun], record: type[Noun]) -> bytes:
        """The bytes of a list that this workspace will believe again at that place."""
        return self.witness.sealed(place, encode(record.__name__.lower(), records, self.witness.origin))

    def place(self, name: str, content: bytes) -> None:
        """Write a file of the workspace, wholly or not at all.

        Raises:
            WorkspaceError: a file of that name is not edgeci's, or as write_atomically.
        """
        self.claim(self.folder / name)
        write_atomically(self.folder / name, content)

    def read(self, name: str, record: type[Record], made_by: str) -> list[Record]:
        """The list `name`.json, written by the verb `made_by`.

        Raises:
            WorkspaceError: missing (names the verb to run first), damaged, or not to be believed.
        """
        path = self.folder / f"{name}.json"
        if not os.path.lexists(path):
            raise WorkspaceError(f"{path}: not there; run `edgeci {made_by}` first")
        content = self.content(path)
        if (objection := self.objection(f"{name}.json", content)) is not None:
            raise WorkspaceError(f"{path}: set aside: {objection}; run `edgeci {made_by}` again")
        return decode(content, record, str(path))

    def read_or_empty(self, name: str, record: type[Record]) -> list[Record]:
        """As `read`; nothing where there is no such list, or none that can be believed, which is said."""
        return self.believed(f"{name}.json", record)

    def believed(self, place: str, record: type[Record]) -> list[Record]:
        """The list at a path in the workspace, as far as it can be believed."""
        path = self.folder / place
        if not os.path.lexists(path):
            return []
        content = self.content(path)
        if (objection := self.objection(place, content)) is not None:
            self.say(f"{path}: set aside: {objection}")
            return []
        return decode(content, record, str(path))

    def content(self, path: Path) -> bytes:
        try:
            return regular_files.read(path, MOST_LIST_BYTES)
        except EdgeciError as problem:
            raise WorkspaceError(f"{problem}; remove it and run the verb that writes it again") from problem

    def objection(self, place: str, content: bytes) -> str | None:
        """Why a list cannot be believed; None where this run on this machine made it."""
        if not self.witness.is_own(place, content):
            return "edgeci did not write it here, or it was changed since"
        if (age := other_schema(schema_of(content, place))) is not None:
            return age
        return self.witness.objection(origin_of(content, place), self.resumes)

    def claim(self, path: Path) -> None:
        """Say that edgeci is about to write here.

        Raises:
            WorkspaceError: something is there that edgeci did not write.
        """
        name = path.relative_to(self.folder).as_posix()
        assert name.partition("/")[0] in ENTRIES, name
        owned = self.owned()
        if name in owned:
            return
        if os.path.lexists(path):
            raise WorkspaceError(
                f"{path}: edgeci did not write it, so it is left alone; move it away, or choose another folder with "
                "--workspace"
            )
        owned.add(name)
        self.record(owned)

    def owned(self) -> set[str]:
        """Paths in the workspace that edgeci wrote, an older one too: it can write over them."""
        if self.ledger is None:
            path = self.folder / f"{LEDGER}.json"
            content = self.content(path) if os.path.lexists(path) else b""
            is_own = self.is_own_ledger(content)
            self.ledger = {item.path for item in decode(content, Owned, str(path), since=1)} if is_own else set()
        return self.ledger

    def is_own_ledger(self, content: bytes) -> bool:
        """Written by this machine's edgeci for this folder, on whatever day."""
        name = f"{LEDGER}.json"
        if not self.witness.is_own(name, content):
            return False
        return self.resumes or origin_of(content, name).workspace == self.witness.origin.workspace

    def record(self, owned: set[str]) -> None:
        path = self.folder / f"{LEDGER}.json"
        write_atomically(path, self.sealed(path.name, [Owned(path=name) for name in sorted(owned)], Owned))
        self.ledger = owned

    def keep_only(self, folder: Path, names: Collection[str]) -> None:
        """Remove what edgeci wrote into a folder of the workspace, but for these names."""
        prefix = f"{folder.relative_to(self.folder).as_posix()}/"
        gone = {name for name in self.owned() if name.startswith(prefix) and name.removeprefix(prefix) not in names}
        if not gone:
            return
        with explained(folder):
            for name in gone:
                remove(self.folder / name)
        self.record(self.owned() - gone)

    @contextmanager
    def fresh_folder(self, destination: Path) -> Iterator[Path]:
        """A folder that takes the place of `destination` only when the block ends well.

        Raises:
            WorkspaceError: there is one that edgeci did not write; a full disk, a read-only or forbidden folder.
        """
        self.claim(destination)
        with explained(destination):
            destination.parent.mkdir(parents=True, exist_ok=True)
            temporary = Path(tempfile.mkdtemp(dir=destination.parent, prefix=TEMPORARY))
        try:
            with explained(destination):
                yield temporary
                temporary.chmod(0o755)
                for path in temporary.rglob("*"):
                    if path.is_file():
                        with path.open("rb") as stream:
                            os.fsync(stream.fileno())
                remove(destination)
                temporary.replace(destination)
                synchronize(destination.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    @contextmanager
    def shared_folder(self, name: str) -> Iterator[Path]:
        """A folder of the workspace for files that workers write."""
        self.claim(self.folder / name)
        with explained(self.folder / name):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
            yield self.folder.absolute() / name


def remove(path: Path) -> None:
    """Remove a file, a link or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
