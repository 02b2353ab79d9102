"""Print the Markdown table of all actions, read from their own files: `python -m tools.actions_table`.

`python -m tools.actions_table FILE ...` puts it between the markers in each file instead.
"""

import sys
from pathlib import Path
from typing import Any

import yaml

from tools.commands import commands, folder

ACTIONS = Path(__file__).parents[1] / "actions"
BEGIN, END = "<!-- actions:begin -->", "<!-- actions:end -->"


def definition(verb: str) -> dict[str, Any]:
    return dict(yaml.safe_load((ACTIONS / verb / "action.yml").read_text()))


def table() -> str:
    rows = ["| action | what it does | inputs | outputs |", "|---|---|---|---|"]
    for verb in (name for name in map(folder, commands()) if (ACTIONS / name).is_dir()):
        action = definition(verb)
        inputs = (f"**`{name}`**" if spec["required"] else f"`{name}`" for name, spec in action["inputs"].items())
        outputs = (f"`{name}`" for name in action["outputs"])
        cells = (f"`actions/{verb}`", action["description"], " ".join(inputs), " ".join(outputs))
        rows.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |")
    return "\n".join(rows)


def between_markers(text: str) -> str:
    return text.partition(BEGIN)[2].partition(END)[0].strip()


def updated(text: str) -> str:
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{table()}\n\n{END}{tail}"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        if BEGIN not in path.read_text():
            sys.exit(f"{path}: no {BEGIN}")
        path.write_text(updated(path.read_text()))
    if not sys.argv[1:]:
        print(table())
