"""The one module that knows GitHub Actions: step outputs, the job summary, and log commands."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

SUMMARY_LIMIT = 2**20
"""A summary larger than 1 MiB is dropped whole by GitHub."""


def active(environment: Mapping[str, str] = os.environ) -> bool:
    return environment.get("GITHUB_ACTIONS") == "true"


def write_outputs(values: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> None:
    """Set step outputs. A random delimiter keeps a hostile value from setting another output."""
    path = environment.get("GITHUB_OUTPUT")
    if not path:
        return
    with Path(path).open("a", encoding="utf-8") as stream:
        for name, value in values.items():
            delimiter = f"edgeci-{secrets.token_hex(16)}"
            stream.write(f"{name}<<{delimiter}\n{value}\n{delimiter}\n")


def write_summary(markdown: str, environment: Mapping[str, str] = os.environ) -> None:
    """Append to the job summary, cut at the limit rather than dropped."""
    path = environment.get("GITHUB_STEP_SUMMARY")
    if path:
        with Path(path).open("a", encoding="utf-8") as stream:
            stream.write(markdown.encode()[: SUMMARY_LIMIT - 1024].decode(errors="ignore") + "\n")
