"""What a template may do to a value: write it as YAML that reads back as this very value, and nothing else."""

import math
from typing import Any

import yaml
from jinja2 import Undefined

from edgeci.errors import ConfigError


class Quoting(yaml.SafeDumper):
    """Every string in double quotes, no aliases: one meaning in YAML 1.1 and 1.2."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')


def represent_missing(dumper: yaml.SafeDumper, missing: Undefined) -> yaml.ScalarNode:
    return represent_text(dumper, str(missing))  # str() raises the error that names what is missing


Quoting.add_representer(str, represent_text)
Quoting.add_multi_representer(Undefined, represent_missing)


def to_yaml(value: Any) -> str:
    """A value in one line of flow-style YAML that reads back as this very value."""
    return yaml.dump([value], Dumper=Quoting, default_flow_style=True, width=math.inf, sort_keys=False)[1:-2]


def literal(value: Any) -> Any:
    """`$` doubled: Kubernetes (env, command) and Compose (everywhere) would otherwise read $NAME as a variable."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, list):
        return [literal(item) for item in value]
    if isinstance(value, dict):
        return {key: literal(item) for key, item in value.items()}
    return value


def whole(value: Any) -> int:
    """A whole number above zero.

    Raises:
        ConfigError: anything else.
    """
    if type(value) is not int or value < 1:
        raise ConfigError(f"render.values: expected a whole number above 0, found {value!r}")
    return value
