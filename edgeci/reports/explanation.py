"""A decision tree for people at a terminal. Every text may be hostile: it comes out as itself, on one line."""

import json
from collections.abc import Iterator, Sequence

from edgeci.reports.characters import inert_inside, one_line
from edgeci.types import Branch, Explanation, Fact

KINDS = {
    "convolutional": "a convolutional network",
    "transformer-encoder": "a transformer encoder",
    "language-model": "a language model",
    "other": "a model of no kind that a strategy knows",
}


def render(explanations: Sequence[Explanation]) -> str:
    return "\n\n".join("\n".join(lines(each)) for each in explanations)


def lines(tree: Explanation) -> Iterator[str]:
    yield shown(f"target {tree.target}: {KINDS.get(tree.model_kind, tree.model_kind)} on {tree.platform}")
    yield from (f"  {fact_text(fact)}" for fact in tree.facts)
    yield f"  strategy: {shown(tree.source)} ({tree.date})"
    yield from (f"    {shown(remark)}" for remark in tree.remarks)
    tried = [branch for branch in tree.branches if branch.order is not None]
    yield "  tried, in this order; measurements decide:" if tried else "  nothing can be tried"
    yield from (f"    {branch.order}. {branch_text(branch)}" for branch in tried)
    cut = [branch for branch in tree.branches if branch.order is None]
    if cut:
        yield "  rejected:"
        yield from (f"    - {branch_text(branch)}" for branch in cut)


def branch_text(branch: Branch) -> str:
    options = ", ".join(f"{name}={json.dumps(value)}" for name, value in branch.recipe.options.items())
    title = f"{branch.recipe.title} ({options})" if options else branch.recipe.title
    return f"{shown(title)}: {shown(branch.reason)}"


def fact_text(fact: Fact) -> str:
    value = fact.value if isinstance(fact.value, str) else json.dumps(fact.value, ensure_ascii=False)
    return f"{shown(fact.name)}: {shown(value)} (from {shown(fact.source)})"


def shown(text: str) -> str:
    """One line, and never a workflow command in a CI log."""
    return inert_inside(one_line(text))
