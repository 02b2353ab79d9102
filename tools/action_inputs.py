"""Bring the inputs of every action up to date with the command line: `python -m tools.action_inputs`.

Only the options' part of `inputs` and the variables of the last step are rewritten; all else in an action.yml is
written by hand. tests/contracts/test_actions.py checks the result without this file.
"""

import json
from pathlib import Path

import click

from tools.commands import commands, folder

ACTIONS = Path(__file__).parents[1] / "actions"
FIRST, LAST = "\ninputs:\n", "  extras:\n"
PYTHON = "        EDGECI_PYTHON: ${{ steps.install.outputs.python }}\n"


def name_of(parameter: click.Parameter) -> str:
    return parameter.opts[0].lstrip("-").replace("_", "-")


def default(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return "false"
    value = parameter.to_info_dict()["default"]
    return value if isinstance(value, str) else ""


def input_of(parameter: click.Parameter) -> str:
    help_text = parameter.help if isinstance(parameter, click.Option) else "Folder of the release."
    lines = [f"  {name_of(parameter)}:", f"    description: {quoted(str(help_text))}"]
    if parameter.required:
        lines.append("    required: true")
    else:
        lines += ["    required: false", f"    default: {json.dumps(default(parameter))}"]
    return "".join(f"{line}\n" for line in lines)


def quoted(text: str) -> str:
    return json.dumps(text) if ": " in text or " #" in text or text[0] in "`'\"[{*&!%@" else text


def variable(words: str, parameter: click.Parameter) -> str:
    return f"        EDGECI_{words}_{parameter.name}".upper() + f": ${{{{ inputs.{name_of(parameter)} }}}}\n"


def updated(text: str, words: str, parameters: list[click.Parameter]) -> str:
    head, rest = text.split(FIRST, 1)
    _, rest = rest.split(LAST, 1)
    middle, _ = rest.split(PYTHON, 1)
    inputs, variables = "".join(map(input_of, parameters)), "".join(variable(words, item) for item in parameters)
    return f"{head}{FIRST}{inputs}{LAST}{middle}{PYTHON}{variables}"


if __name__ == "__main__":
    for words, command in commands().items():
        path = ACTIONS / folder(words) / "action.yml"
        if path.exists():
            path.write_text(updated(path.read_text(), words.replace(" ", "_"), command.params))
