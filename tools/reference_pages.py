"""The pages of docs/ that are generated: `python -m tools.reference_pages` writes them all."""

from collections.abc import Callable
from pathlib import Path

from tools import configuration_reference, exit_codes_reference, recipes_reference, verbs_reference

DOCS = Path(__file__).parents[1] / "docs"

PAGES: dict[str, Callable[[], str]] = {
    "configuration.md": configuration_reference.page,
    "exit-codes.md": exit_codes_reference.page,
    "recipes.md": recipes_reference.page,
    "verbs.md": verbs_reference.page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page())
