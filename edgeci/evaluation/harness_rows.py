"""Rows that lm-evaluation-harness logged (`--log_samples`), as questions and exercises.

It keeps what a model was really asked, few-shot examples included, so both sides are asked the same here:
`arguments` are (context, continuation) of each choice, or a context to go on from, and `target` is what is right.
"""

from collections.abc import Mapping, Sequence
from typing import Any

KEYS = {"doc_id", "arguments", "target"}


def translated(row: object) -> object:
    """The row as edgeci wants it; any other one as it is."""
    if not isinstance(row, dict) or not row.keys() >= KEYS:
        return row
    pairs = asked(row["arguments"])
    if pairs is None:
        return row
    prompt, target = pairs[0][0], row["target"]
    if all(isinstance(choice, str) for _, choice in pairs) and len(pairs) > 1 and len({each for each, _ in pairs}) == 1:
        label = int(target) if isinstance(target, str) and target.strip().isdecimal() else target
        made: dict[str, Any] = {"prompt": prompt, "choices": [choice for _, choice in pairs], "label": label}
    elif len(pairs) == 1 and isinstance(target, str):
        made = {"prompt": prompt, "answer": target}
    else:
        return row
    return {**{key: value for key, value in row.items() if key not in made}, **made}


def asked(arguments: object) -> list[tuple[str, object]] | None:
    """(context, what follows) of each request: lists in older logs, `gen_args_0: {arg_0, arg_1}` in newer ones."""
    each = list(arguments.values()) if isinstance(arguments, dict) else arguments
    if not isinstance(each, list) or not each:
        return None
    pairs = [parts(request) for request in each]
    return None if any(pair is None for pair in pairs) else [pair for pair in pairs if pair is not None]


def parts(request: object) -> tuple[str, object] | None:
    values: Sequence[object] = ()
    if isinstance(request, Mapping):
        values = [request.get("arg_0"), request.get("arg_1")]
    elif isinstance(request, list):
        values = request
    return (values[0], values[1]) if len(values) == 2 and isinstance(values[0], str) else None
