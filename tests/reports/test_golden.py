"""What people read, kept as files: a change of wording shows up in review. EDGECI_UPDATE_GOLDEN=1 writes them anew."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from edgeci import __version__
from edgeci.reports import annotations, html, junit, markdown, sarif, terminal
from edgeci.types import Evidence
from tests import builders

GOLDEN = Path(__file__).parents[1] / "golden"
RENDERERS: dict[str, Callable[[Evidence], str]] = {
    "junit.xml": junit.render,
    "junit-candidates.xml": junit.render_candidates,
    "report.md": markdown.render,
    "report.html": html.render,
    "terminal.txt": partial(terminal.render, width=100),
    "annotations.txt": annotations.render,
    "edgeci.sarif": sarif.render,
}


@pytest.mark.parametrize("name", RENDERERS)
@pytest.mark.parametrize("kind", ["released", "undecided"])
def test_a_report_reads_as_it_did(kind: str, name: str) -> None:
    evidence = builders.evidence() if kind == "released" else builders.without_winner("inconclusive")
    text = RENDERERS[name](evidence).replace(__version__, "0.0.0")
    path = GOLDEN / kind / name
    if os.environ.get("EDGECI_UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", RENDERERS)
def test_the_same_evidence_gives_the_same_bytes(name: str) -> None:
    assert RENDERERS[name](builders.evidence()) == RENDERERS[name](builders.evidence())
