"""Every kind of model keeps the whole contract, and nobody else asks which kind a model is of."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import edgeci
from edgeci.kinds.protocol import Kind
from edgeci.kinds.registry import kind, names

PACKAGE = Path(edgeci.__file__).parent
OURS = ("tensors", "text", "embeddings")
KIND = re.compile(r"\bkinds?\b")
MAY_ASK = ("kinds", "backends")
"""A kind itself, and a backend's `propose`."""


def members() -> list[str]:
    return [name for name in vars(Kind) if name.isupper() or (name.islower() and not name.startswith("_"))]


@pytest.mark.parametrize("name", OURS)
def test_a_kind_of_ours_is_declared_and_has_every_name_of_the_contract(name: str) -> None:
    assert name in names()
    missing = [member for member in members() if not hasattr(kind(name), member)]
    assert not missing


def test_the_contract_is_not_empty() -> None:
    assert {"TITLE", "read", "predict", "agreement"} <= set(members())


def comparisons(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Lines that compare a kind with the name of one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and KIND.search(ast.unparse(node)):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and part.value in OURS:
                    yield node.lineno, part.value


def test_a_question_is_seen_however_it_is_put() -> None:
    for question in ('assessment.kind == "text"', '"tensors" in kinds', 'self.kind not in ("text", "embeddings")'):
        assert list(comparisons(ast.parse(question))), question
    assert not list(comparisons(ast.parse('"text" in row')))


def test_nobody_else_asks_which_kind_a_model_is_of() -> None:
    askers = [
        f"{path.relative_to(PACKAGE)}:{line}: {name}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] not in MAY_ASK
        for line, name in comparisons(ast.parse(path.read_text()))
    ]
    assert askers == []
