"""Backends and checks as people read them: a line each, no colour, hostile text on one line."""

from collections.abc import Sequence

from edgeci.reports.characters import one_line
from edgeci.types import Check, Installed

MARKS = {"ok": "ok     ", "warning": "warning", "problem": "PROBLEM"}


def backends(installed: Sequence[Installed]) -> str:
    """Name, kinds of model, state, and versions or the reason."""
    width = max((len(backend.name) for backend in installed), default=0)
    return "\n".join(
        one_line(f"{backend.name:{width}}  {kinds(backend):16}  {backend.state:15}  {told(backend)}").rstrip()
        for backend in installed
    )


def kinds(backend: Installed) -> str:
    return ", ".join(backend.kinds) or "?"


def told(backend: Installed) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in backend.versions.items())
    return versions or backend.reason


def checks(made: Sequence[Check]) -> str:
    """State, name and message; what to do under it."""
    width = max((len(check.name) for check in made), default=0)
    lines = []
    for check in made:
        lines.append(one_line(f"{MARKS[check.state]}  {check.name:{width}}  {check.message}"))
        if check.remedy:
            lines.append(f"{'':{width + 11}}{one_line(check.remedy)}")
    return "\n".join(lines)
