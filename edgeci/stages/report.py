"""report: write what people and machines read about the verdicts. Judges nothing."""

from collections.abc import Callable
from pathlib import Path

from edgeci.reports import html, junit, markdown, sarif
from edgeci.types import Evidence
from edgeci.workbench.project import Project

WRITERS: dict[str, Callable[[Evidence], str]] = {
    "junit.xml": junit.render,
    "junit-candidates.xml": junit.render_candidates,
    "report.md": markdown.render,
    "report.html": html.render,
    "edgeci.sarif": sarif.render,
}
"""File name -> renderer."""


def rendered(evidence: Evidence) -> dict[str, bytes]:
    """Every report as the bytes of its file."""
    return {name: render(evidence).encode("utf-8") for name, render in WRITERS.items()}


def report(project: Project, evidence: Evidence) -> list[Path]:
    """Write every report into the workspace.

    Raises:
        WorkspaceError: the workspace cannot be written.
    """
    for name, content in rendered(evidence).items():
        project.workspace.place(name, content)
    project.say(f"wrote {', '.join(WRITERS)} in {project.workspace.folder}")
    return [project.workspace.folder / name for name in WRITERS]
