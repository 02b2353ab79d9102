"""report: write what people and machines read about the verdicts. Judges nothing."""

from collections.abc import Callable
from pathlib import Path

from edgeci.records import write_atomically
from edgeci.reports import html, junit, markdown, sarif
from edgeci.stages.project import Project, evidence
from edgeci.types import Evidence

WRITERS: dict[str, Callable[[Evidence], str]] = {
    "junit.xml": junit.render,
    "junit-candidates.xml": junit.render_candidates,
    "report.md": markdown.render,
    "report.html": html.render,
    "edgeci.sarif": sarif.render,
}
"""File name -> renderer."""


def rendered(found: Evidence) -> dict[str, bytes]:
    """Every report as the bytes of its file."""
    return {name: render(found).encode("utf-8") for name, render in WRITERS.items()}


def report(project: Project) -> list[Path]:
    """Write every report into the workspace.

    Raises:
        WorkspaceError: `assess` has not run, or the workspace cannot be written.
    """
    paths = []
    for name, content in rendered(evidence(project)).items():
        path = project.workspace.folder / name
        write_atomically(path, content)
        paths.append(path)
    project.say(f"wrote {', '.join(path.name for path in paths)} in {project.workspace.folder}")
    return paths
