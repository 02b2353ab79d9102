"""What docs/plugins.md calls public is there, and is all that the examples of plug-ins import."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.edited_copy import EXAMPLES, ROOT

PUBLIC = re.findall(r"^\| `(edgeci\.[a-z_.]+)` \|", (ROOT / "docs" / "plugins.md").read_text(), re.MULTILINE)
PLUGINS = sorted((ROOT / "tests" / "fake_backends").glob("*.py"))


def imported_by(code: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_module_is_there(name: str) -> None:
    assert importlib.import_module(name).__doc__


def strangers(code: str) -> list[str]:
    return [name for name in imported_by(code) if name.partition(".")[0] == "edgeci" and name not in PUBLIC]


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name.startswith("backend") and "entry" not in name])
def test_an_example_of_a_plug_in_imports_what_is_public(name: str) -> None:
    assert strangers(EXAMPLES[name]) == []


@pytest.mark.parametrize("path", PLUGINS, ids=lambda path: path.stem)
def test_a_plug_in_imports_what_is_public(path: Path) -> None:
    assert strangers(path.read_text()) == []
