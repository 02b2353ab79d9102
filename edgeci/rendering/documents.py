"""A check for each kind of document: what a template made is parsed back before it is written."""

import json
from pathlib import Path
from typing import Any

import yaml

from edgeci.errors import ConfigError
from edgeci.reports.characters import one_line


def check(path: Path, suffix: str, content: bytes, kubernetes: bool) -> None:
    """Parse a document back.

    Raises:
        ConfigError: not the YAML or JSON its name promises.
    """
    try:
        if suffix in (".yaml", ".yml"):
            for document in yaml.safe_load_all(content):
                check_document(document, kubernetes)
        elif suffix == ".json":
            json.loads(content)
    except (ValueError, yaml.YAMLError, RecursionError) as problem:
        raise ConfigError(one_line(f"{path}: gives no valid document: {problem}")) from problem


def check_document(document: Any, kubernetes: bool) -> None:
    if not isinstance(document, dict):
        raise ValueError(f"expected a mapping, found {type(document).__name__}")
    for key in ("apiVersion", "kind") if kubernetes else ():
        if not isinstance(document.get(key), str):
            raise ValueError(f"{key!r} is missing")
