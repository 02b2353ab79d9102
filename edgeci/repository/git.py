"""How git is asked: about one repository that is named, from nowhere near it, and without what it could run."""

import os
import re
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from edgeci.errors import ConfigError, InputRejected

SETTINGS = {
    "safe.bareRepository": "explicit",  # a folder that only looks like a repository is none
    "core.attributesFile": os.devnull,
    "core.fsmonitor": "false",  # may name a program
    "core.hooksPath": os.devnull,
    "core.pager": "cat",
    "core.sshCommand": "false",
    "core.untrackedCache": "false",
    "fetch.recurseSubmodules": "false",
    "protocol.allow": "never",  # nothing is fetched: what a partial clone lacks is told, not got
    "submodule.recurse": "false",
}
"""Whatever a configuration says, its includes too: `-c` is the strongest."""
OPTIONS = ("--no-replace-objects", "--no-optional-locks", "--literal-pathspecs", "--no-pager")
PASSED_ON = (
    "HOME",  # the user's own configuration, with its `safe.directory`
    "XDG_CONFIG_HOME",
    "GIT_CONFIG_NOSYSTEM",
    "SUDO_UID",  # whose repositories root may read, too
    "DEVELOPER_DIR",  # where a Mac keeps its git
    "LD_LIBRARY_PATH",
    "TMPDIR",
)
ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",  # stronger than `protocol.<name>.allow`
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
LARGEST_ANSWER_BYTES = 128 * 2**20
PATIENCE_SECONDS = 3600.0
"""A whole tree of large files may take long; whoever waits longer waits for nothing."""


@dataclass(frozen=True)
class Answer:
    """How one question to git ended."""

    code: int
    output: bytes
    complaint: str

    @property
    def text(self) -> str:
        return self.output.decode(errors="replace").strip()


@dataclass(frozen=True)
class Git:
    """git, for one repository."""

    root: Path
    git_folder: Path

    @property
    def common_folder(self) -> Path:
        """Where the objects are: a further work tree shares those of the first."""
        shared = self.git_folder / "commondir"
        return self.git_folder / shared.read_text().strip() if shared.is_file() else self.git_folder

    def trusted(self) -> "Git":
        """Itself, if git would read it unasked: naming a repository skips git's look at whose it is.

        Raises:
            ConfigError: it belongs to somebody else, or git reads no repository there.
        """
        with started(["-C", str(self.root), "rev-parse", "--absolute-git-dir"], self.root.parent) as conversation:
            answer = conversation.answer(LARGEST_ANSWER_BYTES)
        if answer.code == 0 and self.git_folder.samefile(os.fsdecode(answer.output.removesuffix(b"\n"))):
            return self
        if remedy := re.search(r"git config --global --add safe\.directory .+", answer.complaint):
            raise ConfigError(
                f"{self.root}: belongs to another user, so git does not read it; if you trust it, run `{remedy[0]}`"
            )
        raise ConfigError(f"{self.root}: git reads no repository there: {last_line(answer.complaint)}")

    def asked(self, *arguments: str) -> Answer:
        """One short question, without a standard input.

        Raises:
            ConfigError: git is not installed.
            InputRejected: its answer has no end.
        """
        with self.talking(*arguments) as conversation:
            return conversation.answer(LARGEST_ANSWER_BYTES)

    @contextmanager
    def talking(self, *arguments: str, listens: bool = False) -> Iterator["Conversation"]:
        """A git that runs until the block ends; `listens` gives it a standard input."""
        named = [f"--git-dir={self.git_folder}", f"--work-tree={self.root}"]
        with started([*named, *arguments], self.root.parent, listens) as conversation:
            yield conversation


@dataclass(frozen=True)
class Conversation:
    """A git that runs."""

    process: "subprocess.Popen[bytes]"
    errors: IO[bytes]

    @property
    def source(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    def answer(self, most_bytes: int) -> Answer:
        """Everything it says until it ends.

        Raises:
            InputRejected: more than that.
        """
        output = self.source.read(most_bytes + 1)
        if len(output) > most_bytes:
            raise InputRejected(f"git's answer has more than {most_bytes} bytes; no tree of files is so large")
        return Answer(self.process.wait(), output, self.complaint)

    def put(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    @property
    def complaint(self) -> str:
        self.errors.seek(0)
        return self.errors.read(LARGEST_ANSWER_BYTES).decode(errors="replace")


@contextmanager
def started(arguments: list[str], ceiling: Path, listens: bool = False) -> Iterator[Conversation]:
    """One git process, and nothing of it once the block ends."""
    settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                ["git", *OPTIONS, *settings, *arguments],
                stdin=subprocess.PIPE if listens else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd="/",
                env=environment() | {"GIT_CEILING_DIRECTORIES": str(ceiling)},
                start_new_session=True,
            )
        except FileNotFoundError:
            raise ConfigError("git is not installed, and only git reads a repository; install it") from None
        timer = threading.Timer(PATIENCE_SECONDS, stop, (process,))
        timer.start()
        try:
            yield Conversation(process, errors)
        finally:
            timer.cancel()
            stop(process)
            close(process)


def environment() -> dict[str, str]:
    """Named variables only, and programs only from where their place is written out."""
    search = [part for part in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(part).is_absolute()]
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return passed | ENVIRONMENT | {"PATH": os.pathsep.join(search)}


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End it and whatever it started, if it still runs."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def close(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def last_line(complaint: str) -> str:
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    return lines[-1].removeprefix("fatal: ") if lines else "it says nothing"
