"""Every line leaves edgeci by `edgeci.commands.door`, which makes it harmless; nobody else writes to a stream."""

import ast
from collections.abc import Iterator
from pathlib import Path

import edgeci

PACKAGE = Path(edgeci.__file__).parent
DOOR = "commands/door.py"
IN_A_WORKER = {"isolation/worker.py", "work/serving_load.py"}
"""Their standard error is a file of the parent's, their standard output a bell."""
SPEAKERS = {"print", "echo", "secho", "style_print", "print_exc", "print_exception", "print_stack"}
STREAMS = {"stdout", "stderr", "__stdout__", "__stderr__"}


def speakers(tree: ast.AST) -> Iterator[str]:
    """What in a module says something, or takes a stream in hand for it."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(value=ast.Name(), attr=name)) if name in SPEAKERS:
                yield f"line {node.lineno}: {ast.unparse(node.func)}"
            case ast.Attribute(value=ast.Name(id="sys"), attr=name) if name in STREAMS:
                yield f"line {node.lineno}: sys.{name}"
            case ast.ImportFrom(module="sys", names=names) if {name.name for name in names} & STREAMS:
                yield f"line {node.lineno}: from sys import"
            case ast.Constant(value="/dev/stdout" | "/dev/stderr" | "/dev/tty" | "/dev/fd/1" | "/dev/fd/2"):
                yield f"line {node.lineno}: {node.value}"


def spoken(path: Path) -> list[str]:
    return list(speakers(ast.parse(path.read_text())))


ALLOWED = {"reports/terminal.py": "console.print", "commands/output.py": "sys.stdout"}
"""Rich draws into a text of its own; and whether a person looks is asked, not said."""


def test_nobody_but_the_door_writes_to_a_stream() -> None:
    loud = {
        name: told
        for path in sorted(PACKAGE.rglob("*.py"))
        if (name := path.relative_to(PACKAGE).as_posix()) not in {DOOR, *IN_A_WORKER}
        if (told := [each for each in spoken(path) if not each.endswith(f": {ALLOWED.get(name)}")])
    }
    assert loud == {}


def test_this_test_hears_what_it_listens_for() -> None:
    loud = "import sys, click\nprint(1)\nclick.echo(2)\nsys.stdout.write('3')\nopen('/dev/stderr', 'w')\n"
    assert len(list(speakers(ast.parse(loud)))) == 4
    assert spoken(PACKAGE / DOOR) != []
