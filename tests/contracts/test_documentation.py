"""The documentation is true: generated pages are what the code says, links lead somewhere, configurations load."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from edgeci.backends import registry
from edgeci.config import Config
from edgeci.config_file import load
from edgeci.config_problems import Vocabulary
from edgeci.gates.rules import RULES
from edgeci.rendering.catalogue import template_names
from tools.configuration_reference import schema, sections
from tools.reference_pages import DOCS, PAGES

ROOT = DOCS.parent
PEOPLE_READ = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SMALLEST = {"model": "model.onnx", "data": {"evaluation": {"path": "evaluation.npz"}}, "targets": [{"name": "cpu"}]}
"""What a YAML block that shows only a part of edgeci.yaml is completed with."""


def readable(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path, language: str) -> Iterator[str]:
    return (text for tag, text in FENCED.findall(path.read_text()) if tag == language)


def without_code(path: Path) -> str:
    return re.sub(r"`[^`]*`", "", FENCED.sub("", path.read_text()))


def anchors(path: Path) -> set[str]:
    """A heading's anchor, as the usual renderers make it."""
    headings = re.findall(r"^#+ +(.+)$", FENCED.sub("", path.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_what_the_code_says(name: str) -> None:
    assert (DOCS / name).read_text() == PAGES[name](), "run `python -m tools.reference_pages`"


def test_every_key_of_the_configuration_is_described() -> None:
    silent = [
        f"{title}.{key}"
        for title, definition in sections(schema())
        for key, node in definition["properties"].items()
        if not node.get("description")
    ]
    assert silent == []


@pytest.mark.parametrize("path", PEOPLE_READ, ids=readable)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    dead = []
    for link in LINK.findall(without_code(path)):
        if "://" in link or link.startswith("mailto:"):
            continue
        file, _, anchor = link.partition("#")
        goal = path.parent / file if file else path
        if not goal.exists() or (anchor and anchor not in anchors(goal)):
            dead.append(link)
    assert dead == []


def test_the_index_leads_to_every_page() -> None:
    linked = set(LINK.findall((DOCS / "index.md").read_text()))
    assert {path.name for path in DOCS.glob("*.md")} - linked - {"index.md"} == set()


CHECKOUT = "uses: actions/checkout@"
WORKFLOWS = [
    path
    for path in sorted([*PEOPLE_READ, *(ROOT / "examples").rglob("*.yml"), *(ROOT / "templates").rglob("*.y*ml*")])
    if CHECKOUT in path.read_text()
]


@pytest.mark.parametrize("path", WORKFLOWS, ids=readable)
def test_every_workflow_shown_fetches_the_base_and_keeps_no_credentials(path: Path) -> None:
    """In a job for a pull request the base is the law, so its commit must be there."""
    for after in path.read_text().split(CHECKOUT)[1:]:
        step = after.partition("uses:")[0]
        assert "fetch-depth: 0" in step
        assert "persist-credentials: false" in step


def test_every_test_that_the_security_page_names_is_there() -> None:
    named = set(re.findall(r"`(?:tests/)?(test_\w+|[\w/]+\.py)`", (DOCS / "security.md").read_text()))
    files = list((ROOT / "tests").rglob("test_*.py"))
    there = {path.relative_to(ROOT / "tests").as_posix() for path in files}
    there |= {name for path in files for name in re.findall(r"def (test_\w+)", path.read_text())}
    assert len(named) > 40
    assert named - there == {"pip.py", "json.py"}, "these two are the attacker's"


@pytest.mark.parametrize("path", PEOPLE_READ, ids=readable)
def test_every_configuration_shown_is_one_that_loads(path: Path, tmp_path: Path) -> None:
    known = Vocabulary(registry.names(), RULES, template_names(tmp_path))
    for text in blocks(path, "yaml"):
        content = yaml.safe_load(text) if "{{" not in text else None
        if isinstance(content, dict) and content.keys() <= Config.model_fields.keys():
            file = tmp_path / "edgeci.yaml"
            file.write_text(yaml.safe_dump(SMALLEST | content))
            load(file, known)
