"""Exit codes and the errors that carry them, each defined once. docs/exit-codes.md is generated from here.

"No" (1), "cannot tell" (3) and "broken" (4 to 8) are three different things to a pipeline, so they never share a code.
"""

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What a command's exit status means."""

    description: str

    def __new__(cls, value: int, description: str) -> "ExitCode":
        member = int.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member

    YES = 0, "Done; every target has a candidate that passed all its gates, or whose failures are waived."
    NO = 1, "A gate failed: some target has no candidate that may ship."
    USAGE = 2, "The command line, edgeci.yaml or the evaluation data is wrong."
    INCONCLUSIVE = 3, "The runner is too noisy or the samples too few to tell."
    MISSING = 4, "A backend or the hardware it needs is missing."
    INTERNAL = 5, "A defect in edgeci."
    BACKEND_FAILED = 6, "A backend crashed, hung, ran out of memory or made no working candidate."
    REJECTED = 7, "An input file is hostile, damaged or not what it says."
    WORKSPACE = 8, "The workspace is in use, read-only, full or not in the state this verb needs."
    INTERRUPTED = 130, "Interrupted; run the same command again to go on."
    TERMINATED = 143, "Stopped by SIGTERM or SIGHUP; run the same command again to go on."


class EdgeciError(Exception):
    """Something a person can act on: one message that names the place and the remedy."""

    exit_code: ClassVar[ExitCode] = ExitCode.INTERNAL


class ConfigError(EdgeciError):
    """The configuration, a command line or the evaluation data is wrong."""

    exit_code = ExitCode.USAGE


class BackendMissing(EdgeciError):
    """A backend, or the hardware it needs, is not there."""

    exit_code = ExitCode.MISSING


class BackendFailed(EdgeciError):
    """A backend died, hung, ran out of memory or gave an unusable answer."""

    exit_code = ExitCode.BACKEND_FAILED


class Interruption(BackendFailed):
    """A worker was killed, ran out of time or memory: an accident of this run, not a property of the model."""


class InputRejected(EdgeciError):
    """A model or data file is hostile, damaged or not what it claims to be."""

    exit_code = ExitCode.REJECTED


class WorkspaceError(EdgeciError):
    """The workspace cannot be used: locked, read-only, full, or an earlier verb has not run."""

    exit_code = ExitCode.WORKSPACE


BY_NAME: dict[str, type[EdgeciError]] = {
    kind.__name__: kind
    for kind in (ConfigError, BackendMissing, BackendFailed, Interruption, InputRejected, WorkspaceError)
}
"""How an error crosses from a worker to its parent."""


def known_ancestor(kind: type[EdgeciError]) -> type[EdgeciError]:
    """Itself, or of a third party's own error the nearest class above it that crosses as it is."""
    return next((each for each in kind.__mro__ if BY_NAME.get(each.__name__) is each), BackendFailed)
