"""A job's log, read the way GitHub's runner reads it (actions/runner, src/Runner.Common/ActionCommand.cs)."""

import re

REGISTERED = {
    "add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "internal-set-repo-path",
    "notice", "remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning",
}  # fmt: skip
OWN = {"error", "warning", "notice"}
"""The commands that edgeci gives itself."""
OLD = re.compile(r"##\[([^\]]*)\]")


def commands(log: str | bytes) -> list[str]:
    """The names of the commands that the runner would obey."""
    text = log if isinstance(log, str) else log.decode()
    names = (command(line) for line in re.split(r"\r\n|\r|\n", text))
    return [name for name in names if name is not None]


def command(line: str) -> str | None:
    """`::name properties::data` at the beginning, white space aside; or `##[name properties]data` anywhere."""
    new = re.match(r"::(.*?)::", line.lstrip())
    old = OLD.search(line)
    for match in (new, old):
        if match and (name := match[1].partition(" ")[0].lower()) in REGISTERED:
            return name
    return None


def obeyed_by_a_terminal(log: str) -> list[str]:
    """Control characters, but line feeds and tabs."""
    return re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", log)
