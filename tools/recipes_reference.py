"""docs/recipes.md from the rows of the backends: every method, and every option of it."""

import json

from edgeci.backends import registry
from edgeci.backends.options import Method, Option, described
from tools.markdown_table import table

HEAD = """\
# Recipes

Generated from the backends by `python -m tools.reference_pages`. In edgeci.yaml a recipe is a backend, one of its
methods, and options of it; `edgeci schema` knows them all, so an editor can complete them.

```yaml
recipes:
  - backend: onnxruntime
    method: int8-static
    options: {calibration: entropy, operators: [Conv, MatMul]}
```

Nothing is converted: the text `"false"` is no flag. What an option cannot be is refused before anything is made.
"""


def page() -> str:
    return "\n\n".join([HEAD.strip(), *(section(name) for name in registry.importable() if is_ours(name))]) + "\n"


def is_ours(name: str) -> bool:
    """And not a third party's that happens to be installed."""
    return getattr(registry.backend(name), "__name__", "").startswith("edgeci.backends.")


def section(name: str) -> str:
    backend = registry.backend(name)
    rows = described(backend)
    about = (backend.__doc__ or "").strip().split("\n")[0]
    methods = table(("method", "what it makes"), ([f"`{method}`", row.sentence] for method, row in rows.items()))
    return "\n\n".join([f"## {name}", about, methods, *(options(*each) for each in alike(rows).items())])


def alike(rows: dict[str, Method]) -> dict[tuple[Option, ...], list[str]]:
    """Methods by the options that they have in common, if they have any."""
    return {
        row.options: [method for method, other in rows.items() if other.options == row.options]
        for row in rows.values()
        if row.options
    }


def options(of: tuple[Option, ...], methods: list[str]) -> str:
    cells = ([f"`{option.name}`", values(option), default(option), option.sentence] for option in of)
    heading = f"Options of {', '.join(f'`{method}`' for method in methods)}:"
    return f"{heading}\n\n{table(('option', 'value', 'default', 'meaning'), cells)}"


def values(option: Option) -> str:
    if option.choices:
        return " or ".join(f"`{choice}`" for choice in option.choices)
    return option.kind.words + option.bounds + ("" if option.instead is None else f", or `{option.instead}`")


def default(option: Option) -> str:
    if option.required:
        return "**required**"
    return "none" if option.default is None else f"`{json.dumps(option.default)}`"
