"""A copy of the source tree, edited as the examples of CONTRIBUTING.md say: `row of TABLE in FILE`, `above NAME in
FILE`, `file FILE`.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLE = re.compile(r"^<!-- example: (.+?) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES: dict[str, str] = dict(EXAMPLE.findall((ROOT / "CONTRIBUTING.md").read_text()))
ROW = re.compile(r"row of (\w+) in (\S+)")
ABOVE = re.compile(r"above (\w+) in (\S+)")
FILE = re.compile(r"file (\S+)")


def edited_copy(folder: Path) -> Path:
    for name in ("edgeci", "templates", "tools", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".edgeci"))
    for place, text in EXAMPLES.items():
        apply(folder, place, text)
    return folder


def apply(folder: Path, place: str, text: str) -> None:
    """Examples of other sorts are not for this tree."""
    if match := ROW.fullmatch(place):
        insert(folder / match[2], last_row(folder / match[2], match[1]), f"{text.strip()},")
    elif match := ABOVE.fullmatch(place):
        insert(folder / match[2], table(folder / match[2], match[1]).lineno - 1, f"{text}\n")
    elif match := FILE.fullmatch(place):
        (folder / match[1]).parent.mkdir(exist_ok=True)
        (folder / match[1]).write_text(text)


def insert(path: Path, line: int, text: str) -> None:
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:line], text, *lines[line:]]) + "\n")


def table(path: Path, name: str) -> ast.Assign | ast.AnnAssign:
    for statement in ast.parse(path.read_text()).body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and re.match(rf"{name}\b", ast.unparse(statement)):
            return statement
    raise AssertionError(f"{path} has no {name}")


def last_row(path: Path, name: str) -> int:
    """The line that it ends on; of a table that is a dictionary, or made of a tuple of rows."""
    content = table(path, name).value
    rows = content.generators[0].iter if isinstance(content, ast.DictComp) else content
    assert isinstance(rows, ast.Dict | ast.Tuple), f"{path}: {name} is no table"
    last = rows.values[-1] if isinstance(rows, ast.Dict) else rows.elts[-1]
    assert last.end_lineno is not None
    return last.end_lineno


def search_path(copy: Path) -> str:
    """The copy's edgeci, and our tests."""
    return os.pathsep.join([str(copy), os.environ["PYTHONPATH"], str(ROOT)])


def python(copy: Path, *arguments: str) -> str:
    """What a Python says to whom the copy is edgeci."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": search_path(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
