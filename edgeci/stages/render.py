"""Manifests for what is released: files from templates, each parsed back before it is written. Deploys nothing.

A template is a folder: `*.j2` files are rendered, others are copied. The packaged ones stand in `templates/`; a folder
`templates/<name>/` beside edgeci.yaml is one more, and replaces a packaged one of its name. Every value in a YAML
template goes through `to_yaml`, so no string, whatever is in it, can be anything but itself.
"""

import base64
import hashlib
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import JsonValue

import edgeci
from edgeci.config import Limits
from edgeci.config_file import Loaded
from edgeci.errors import BackendFailed, ConfigError, WorkspaceError
from edgeci.isolation.filling import documents, whole
from edgeci.isolation.process import ask_once
from edgeci.records import digest
from edgeci.reports.characters import one_line
from edgeci.stages.bundle import CHECKSUMS, MODEL, write
from edgeci.types import Measurement, Release
from edgeci.types.tally import tally
from edgeci.workspace import Workspace

PORT = 8080
MOUNT = "/models"
"""Where the bundle's `model/` is, inside the container."""
RUNTIME_MB = 256
"""Memory of a loaded runtime where `peak_memory` does not record it as `runtime_mb`: room for any of ours."""
ROUND_TO_MB = 64
NAME_LENGTH = 63
FILL = "edgeci.isolation.filling:fill"


def template_names(folder: Path) -> list[str]:
    """Templates that a configuration in `folder` can name: the packaged ones and its own."""
    return sorted(template_folders(folder))


def template_folders(folder: Path) -> dict[str, Path]:
    return {
        path.name: path
        for parent in (packaged_templates(), folder / "templates")
        if parent.is_dir()
        for path in parent.iterdir()
        if path.is_dir() and path.name[0] not in "._"
    }


def packaged_templates() -> Path:
    """In the package when it was installed from a wheel, beside it in a checkout."""
    package = Path(edgeci.__file__).parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


def render(workspace: Workspace, loaded: Loaded, releases: list[Release], say: Callable[[str], None]) -> list[Path]:
    """Write `manifests/<target>/<template>/` for each release, and remove those of a target without a bundle.

    The releases are trusted: they come from `release` or, in another job, from `verify`.

    Raises:
        ConfigError: a template is unknown, asks for a value that is not there or gives no valid document.
        WorkspaceError: a release is not in the workspace or its memory was never measured.
    """
    bundles = {target.name for target in loaded.config.targets if (workspace.release / target.name).is_dir()}
    workspace.keep_only(workspace.manifests, bundles)
    return [path for release in releases for path in render_release(workspace, loaded, release, say)]


def render_release(workspace: Workspace, loaded: Loaded, release: Release, say: Callable[[str], None]) -> list[Path]:
    destination = workspace.manifests / release.target.name
    folders = template_folders(loaded.folder)
    written: list[Path] = []
    with workspace.fresh_folder(destination) as folder:
        for template in dict.fromkeys(loaded.config.render.templates):
            if template not in folders:
                raise ConfigError(f"unknown template {template!r}; known: {', '.join(sorted(folders))}")
            values = context(workspace, loaded, release)
            for name, content in filled(folders[template], values, loaded.config.limits).items():
                write(folder, f"{template}/{name}", content)
                written.append(destination / template / name)
            say(f"{release.target.name}: manifests are in {destination / template}")
    return written


def filled(folder: Path, values: dict[str, Any], limits: Limits) -> dict[str, bytes]:
    """Name and content of every file a template makes; one of the user's own is filled in a worker.

    Raises:
        ConfigError: the template gives no valid document, or does not come to an end within the limits.
        InputRejected: something in its folder is no regular file, or too large.
    """
    if folder.parent == packaged_templates():
        return dict(documents(folder, values, follow=True))
    plain = {name: value for name, value in values.items() if name != "release"}
    release = values["release"].model_dump(mode="json")
    try:
        made = ask_once(FILL, limits, folder=str(folder.absolute()), release=release, values=plain)
    except BackendFailed as problem:
        allowed = f"limits.timeout_seconds {limits.timeout_seconds:g} and limits.memory_mb {limits.memory_mb}"
        raise ConfigError(one_line(f"{folder}: this template is not filled within {allowed}: {problem}")) from problem
    return {name: base64.b64decode(content) for name, content in made.items()}


def context(workspace: Workspace, loaded: Loaded, release: Release) -> dict[str, Any]:
    """What every template can use; docs/render.md lists it."""
    candidate, target = release.candidate, release.target
    values = loaded.config.render.values
    main = next(file for file in candidate.files if file.path == candidate.main)
    return {
        "release": release,
        "name": resource_name(target.name),
        "target": target.name,
        "image": loaded.config.render.image,
        "values": values,
        "port": PORT,
        "mount": MOUNT,
        "model_path": f"{MOUNT}/{candidate.main}",
        "model_folder": f"../../../{workspace.release.name}/{target.name}/{MODEL}",
        "model_sha256": main.sha256,
        "source_sha256": release.assessment.model.sha256,
        "bundle_sha256": bundle_digest(workspace, target.name),
        "memory_mb": memory_mb(release, values),
        "cpus": target.threads,
        "verdict": verdict(release),
        "edgeci_version": release.edgeci,
    }


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
    found = measurement.conditions.get("runtime_mb")
    return float(found) if isinstance(found, int | float) and 0 < found < math.inf else RUNTIME_MB


def resource_name(target: str) -> str:
    """`edgeci-<target>` as a DNS label (RFC 1035); a digest keeps a name unique that had to be changed for it."""
    slug = re.sub(r"[^a-z0-9]+", "-", target.lower()).strip("-")
    name = f"edgeci-{slug}"
    if slug == target and len(name) <= NAME_LENGTH:
        return name
    suffix = "-" + hashlib.sha256(target.encode()).hexdigest()[:8]
    return name[: NAME_LENGTH - len(suffix)].rstrip("-") + suffix
