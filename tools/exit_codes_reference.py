"""docs/exit-codes.md from edgeci.errors, where each code is defined once."""

from edgeci.errors import BY_NAME, ExitCode
from tools.markdown_table import table

HEAD = """\
# Exit codes

Generated from `edgeci/errors.py` by `python -m tools.reference_pages`.

"No" (1), "cannot tell" (3) and "broken" (4 to 8) are three different things to a pipeline, so they never share a code.
Only 0 releases anything for every target.
"""


def codes() -> str:
    rows = ([str(int(code)), name_of(code), code.description] for code in ExitCode)
    return table(("code", "name", "meaning"), rows)


def name_of(code: ExitCode) -> str:
    return f"`{code.name.lower().replace('_', '-')}`"


def errors() -> str:
    rows = ([f"`{kind.__name__}`", str(int(kind.exit_code)), kind.__doc__ or ""] for kind in BY_NAME.values())
    return table(("error", "code", "raised when"), rows)


def page() -> str:
    return f"{HEAD}\n{codes()}\n\n## In Python\n\n{errors()}\n"
