"""Names say what a thing is: nothing is called `found`, and no module is a drawer for what has no place."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("edgeci", "tests", "benchmarks", "tools", "examples")
EMPTY_WORD = "found"
"""It says how the value came here, not what it is."""
DRAWERS = {"utils", "util", "helper", "helpers", "manager", "base", "common_utils"}


def modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def bound(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every name that a module binds and where, whatever binds it: `=`, `for`, `with`, `:=`, a parameter, an import."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name, node.lineno
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name, node.lineno
            case ast.MatchMapping(rest=str(name)) | ast.alias(asname=str(name)):
                yield name, node.lineno
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node.lineno


def places(path: Path) -> list[str]:
    """Where a module calls something by the empty word; one without the word in its text need not be parsed."""
    text = path.read_text()
    lines = [line for name, line in bound(ast.parse(text)) if name == EMPTY_WORD] if EMPTY_WORD in text else []
    return [f"{path.relative_to(ROOT)}:{line}" for line in lines]


def test_nothing_is_called_found() -> None:
    assert [place for path in modules(*FOLDERS) for place in places(path)] == []


def test_no_module_or_package_of_edgeci_is_a_drawer() -> None:
    parts = {part for path in modules("edgeci") for part in path.relative_to(ROOT).with_suffix("").parts}
    assert "common_checks" in parts, "the walk sees the modules"
    assert parts & DRAWERS == set()


BINDINGS = """\
found = 1
found: int = 1
found += 1
first, (*found, last) = 1, (2, 3)
for found in (): pass
[1 for found in ()]
with open("a") as found: pass
(found := 1)
lambda found: 1
def function(*found): pass
def function(*, found=1, **others): pass
def found(): pass
class found: pass
import ast as found
"""
"""Each line binds the name once, in one way."""
BLOCKS = ("try: pass\nexcept OSError as found: pass", "match 1:\n case found: pass", "match 1:\n case [*found]: pass")
USES = "found\nfound.found = 1\nfunction(found=1)\n'found'\nfound_too = 1\ndel found\nmapping['found'] = 1"


def test_every_way_to_bind_a_name_is_seen() -> None:
    for source in (*BINDINGS.splitlines(), *BLOCKS):
        assert [name for name, _ in bound(ast.parse(source))].count("found") == 1, source


def test_using_a_name_binds_nothing() -> None:
    assert "found" not in {name for name, _ in bound(ast.parse(USES))}
