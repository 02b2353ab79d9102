"""docs/configuration.md from the schema of edgeci.yaml and the tables of rules, metrics and presets.

The words are the attribute docstrings in edgeci/config.py and edgeci/types/: a key without one has no description,
and a test says so.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from edgeci.config import PRESETS, Config
from edgeci.gates.rules import RULES
from edgeci.metrics import METRICS
from tools.markdown_table import table

HEAD = """\
# edgeci.yaml

Generated from the schema by `python -m tools.reference_pages`; `edgeci schema` prints the JSON Schema itself, and
`edgeci init MODEL` writes a commented file to start from.

An unknown key is an error that names the nearest known one, and every problem in the file is reported at once with its
line and column. Relative paths start at the folder of edgeci.yaml.
"""
Schema = dict[str, Any]


def schema() -> Schema:
    return Config.model_json_schema()


def sections(whole: Schema) -> Iterator[tuple[str, Schema]]:
    """Title and definition of everything that can be written, in the order of first use."""
    waiting, seen = [("Top level", whole)], {"Top level"}
    while waiting:
        title, definition = waiting.pop(0)
        yield title, definition
        for name in references(definition["properties"]):
            if name not in seen:
                seen.add(name)
                waiting.append((name, whole["$defs"][name]))


def references(node: Any) -> Iterator[str]:
    """Names of the sections a schema refers to; a JsonValue is any value, not a section."""
    if isinstance(node, dict):
        if not node.get("$ref", "JsonValue").endswith("JsonValue"):
            yield node["$ref"].rsplit("/", 1)[-1]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def words(name: str) -> str:
    """DataSource -> Data source."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def link(name: str) -> str:
    return f"[{words(name).lower()}](#{words(name).lower().replace(' ', '-')})"


def kind(node: Schema) -> str:
    """A schema as a person says it."""
    if "$ref" in node:
        return next((link(name) for name in references(node)), "anything")
    if "anyOf" in node:
        return " or ".join(kind(option) for option in node["anyOf"] if option.get("type") != "null")
    if "const" in node or "enum" in node:
        return " or ".join(f"`{value}`" for value in node.get("enum", [node.get("const")]))
    if node.get("type") in ("array", "object"):
        return collection(node)
    return simple(node)


def collection(node: Schema) -> str:
    if "prefixItems" in node:
        plural = re.sub(r"^\w+", r"\g<0>s", kind(node["prefixItems"][0]))
        return f"list of {len(node['prefixItems'])} {plural}"
    if node["type"] == "array":
        return f"list of {kind(node['items'])}"
    inside = next(iter(node.get("patternProperties", {}).values()), node.get("additionalProperties"))
    return f"mapping to {kind(inside)}" if isinstance(inside, dict) else "mapping"


def simple(node: Schema) -> str:
    name = str(node.get("type", "anything"))
    if name == "string":
        return "name" if node.get("pattern", "").startswith("^[A-Za-z0-9]") else "text"
    return "`true` or `false`" if name == "boolean" else name + bound(node)


def bound(node: Schema) -> str:
    if "exclusiveMinimum" in node:
        return f" above {node['exclusiveMinimum']}"
    return f", at least {node['minimum']}" if "minimum" in node else ""


def default(name: str, node: Schema, definition: Schema) -> str:
    if name in definition.get("required", ()):
        return "**required**"
    value = node.get("default")
    if isinstance(value, dict):  # a section's default: only what differs from the section's own defaults
        value = {key: inner for key, inner in value.items() if inner not in (None, [], {})}
    return "none" if value in (None, "", [], {}) else f"`{json.dumps(value)}`"


def keys(definition: Schema) -> str:
    rows = (
        [f"`{name}`", kind(node), default(name, node, definition), node.get("description", "")]
        for name, node in definition["properties"].items()
    )
    return table(("key", "type", "default", "meaning"), rows)


def section(title: str, definition: Schema) -> str:
    heading = title if title == "Top level" else words(title)
    return f"## {heading}\n\n{definition['description']}\n\n{keys(definition)}"


def first_sentence(text: str | None) -> str:
    return (text or "").strip().split("\n")[0]


def rules() -> str:
    rows = (
        [f"`{rule.name}`", first_sentence(rule.check.__doc__), ", ".join(sorted(rule.kinds))] for rule in RULES.values()
    )
    return table(("rule", "passes when", "goes with metrics of kind"), rows)


def metrics() -> str:
    rows = ([f"`{each.name}`", each.unit, each.better, each.kind, each.description] for each in METRICS.values())
    return table(("metric", "unit", "better", "kind", "meaning"), rows)


def presets() -> str:
    rows = (
        [f"`{name}`", f"`{gate.metric}`", f"`{gate.rule}`", f"{gate.limit:g}"]
        for name, gates in PRESETS.items()
        for gate in gates
    )
    return table(("preset", "metric", "rule", "limit"), rows)


def page() -> str:
    parts = [HEAD.strip(), *(section(*each) for each in sections(schema()))]
    parts += [f"## Rules\n\n{rules()}", f"## Metrics\n\n{metrics()}"]
    parts += [
        "## Presets\n\n`accuracy` stands for the configured `metric`; on several threads `latency_cpu` becomes "
        f"`latency_wall`.\n\n{presets()}"
    ]
    return "\n\n".join(parts) + "\n"
