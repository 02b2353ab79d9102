"""What every template can use of a release."""

import hashlib
import math
import re

from pydantic import JsonValue

from edgeci.bundles.layout import CHECKSUMS, MODEL
from edgeci.config_file import Loaded
from edgeci.errors import WorkspaceError
from edgeci.records import digest
from edgeci.rendering.filters import whole
from edgeci.types import Measurement, Noun, Release
from edgeci.types.tally import tally
from edgeci.workspace import Workspace

PORT = 8080
MOUNT = "/models"
"""Where the bundle's `model/` is, inside the container."""
RUNTIME_MB = 256
"""Memory of a loaded runtime where `peak_memory` does not record it as `runtime_mb`: room for any of ours."""
ROUND_TO_MB = 64
NAME_LENGTH = 63


class Context(Noun):
    """What every template can use; docs/render.md lists it."""

    release: Release
    name: str
    target: str
    image: str
    values: dict[str, JsonValue]
    port: int = PORT
    mount: str = MOUNT
    model_path: str
    model_folder: str
    model_sha256: str
    source_sha256: str
    bundle_sha256: str
    memory_mb: int
    cpus: int
    verdict: str
    edgeci_version: str


def context(workspace: Workspace, loaded: Loaded, release: Release) -> Context:
    """
    Raises:
        ConfigError: as memory_mb.
        WorkspaceError: the release is not in the workspace, or its memory was never measured.
    """
    candidate, target = release.candidate, release.target
    values = loaded.config.render.values
    main = next(file for file in candidate.files if file.path == candidate.main)
    return Context(
        release=release,
        name=resource_name(target.name),
        target=target.name,
        image=loaded.config.render.image,
        values=values,
        model_path=f"{MOUNT}/{candidate.main}",
        model_folder=f"../../../{workspace.release.name}/{target.name}/{MODEL}",
        model_sha256=main.sha256,
        source_sha256=release.assessment.model.sha256,
        bundle_sha256=bundle_digest(workspace, target.name),
        memory_mb=memory_mb(release, values),
        cpus=target.threads,
        verdict=verdict(release),
        edgeci_version=release.edgeci,
    )


def bundle_digest(workspace: Workspace, target: str) -> str:
    path = workspace.release / target / CHECKSUMS
    try:
        return digest(path)
    except FileNotFoundError:
        raise WorkspaceError(f"{path}: not there; run `edgeci release` first") from None


def verdict(release: Release) -> str:
    reasons = "; ".join(verdict.reason for verdict in release.verdicts)
    return f"{tally(release.verdicts)}: {reasons}"


def memory_mb(release: Release, values: dict[str, JsonValue]) -> int:
    """What the container may use: the highest peak that was measured and the runtime under it, rounded up.

    Raises:
        ConfigError: render.values.memory_mb is not a whole number.
        WorkspaceError: nothing was measured, and a limit would be a guess.
    """
    if "memory_mb" in values:
        return whole(values["memory_mb"])
    measured = next((item for item in release.measurements if item.metric == "peak_memory"), None)
    if measured is None or not measured.samples or not all(math.isfinite(sample) for sample in measured.samples):
        raise WorkspaceError(
            f"{release.target.name}: no peak_memory was measured, so a memory limit would be a guess; "
            "run `edgeci benchmark` again, or set render.values.memory_mb"
        )
    return math.ceil((max(measured.samples) + runtime_mb(measured)) / ROUND_TO_MB) * ROUND_TO_MB


def runtime_mb(measurement: Measurement) -> float:
    measured = measurement.conditions.runtime_mb
    return measured if measured is not None and 0 < measured < math.inf else RUNTIME_MB


def resource_name(target: str) -> str:
    """`edgeci-<target>` as a DNS label (RFC 1035); a digest keeps a name unique that had to be changed for it."""
    slug = re.sub(r"[^a-z0-9]+", "-", target.lower()).strip("-")
    name = f"edgeci-{slug}"
    if slug == target and len(name) <= NAME_LENGTH:
        return name
    suffix = "-" + hashlib.sha256(target.encode()).hexdigest()[:8]
    return name[: NAME_LENGTH - len(suffix)].rstrip("-") + suffix
