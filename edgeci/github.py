"""The one module that knows GitHub Actions: step outputs, the job summary, and log commands."""

import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

SUMMARY_LIMIT = 2**20
"""A summary larger than 1 MiB is dropped whole by GitHub."""
BASES = {
    "pull_request": ("pull_request", "base", "sha"),
    "pull_request_target": ("pull_request", "base", "sha"),
    "merge_group": ("merge_group", "base_sha"),
}
"""Events of a change under review, and where their payload names the commit it is based on."""
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def active(environment: Mapping[str, str] = os.environ) -> bool:
    return environment.get("GITHUB_ACTIONS") == "true"


def write_outputs(values: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> None:
    """Set step outputs. A random delimiter keeps a hostile value from setting another output."""
    path = environment.get("GITHUB_OUTPUT")
    if not path:
        return
    with Path(path).open("a", encoding="utf-8", errors="backslashreplace") as stream:  # a file's name may be any bytes
        for name, value in values.items():
            delimiter = f"edgeci-{secrets.token_hex(16)}"
            stream.write(f"{name}<<{delimiter}\n{value}\n{delimiter}\n")


def write_summary(markdown: str, environment: Mapping[str, str] = os.environ) -> None:
    """Append to the job summary, cut at the limit rather than dropped."""
    path = environment.get("GITHUB_STEP_SUMMARY")
    if path:
        with Path(path).open("a", encoding="utf-8") as stream:
            stream.write(markdown.encode()[: SUMMARY_LIMIT - 1024].decode(errors="ignore") + "\n")


def job(environment: Mapping[str, str] = os.environ) -> str:
    """The workflow's run, its attempt and the job, as `run/attempt/job`; empty elsewhere."""
    parts = [environment.get(f"GITHUB_{name}", "") for name in ("RUN_ID", "RUN_ATTEMPT", "JOB")]
    return "/".join(parts) if active(environment) and parts[0] else ""


def is_change(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this job judges a change that somebody asks to merge."""
    return active(environment) and environment.get("GITHUB_EVENT_NAME", "") in BASES


def base_of_change(environment: Mapping[str, str] = os.environ) -> str | None:
    """The commit that the change under review asks to be merged into, as the event names it; None where it does not."""
    path = environment.get("GITHUB_EVENT_PATH")
    try:
        content = json.loads(Path(path).read_bytes()) if path else {}
        for key in BASES.get(environment.get("GITHUB_EVENT_NAME", ""), ()):
            content = content[key]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return content if isinstance(content, str) and COMMIT.fullmatch(content) else None
