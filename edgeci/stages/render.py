"""Manifests for what is released: files from templates, each parsed back before it is written. Deploys nothing.

A template is a folder: `*.j2` files are rendered, others are copied. The packaged ones stand in `templates/`; a folder
`templates/<name>/` beside edgeci.yaml is one more, and replaces a packaged one of its name. Every value in a YAML
template goes through `to_yaml`, so no string, whatever is in it, can be anything but itself.
"""

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import JsonValue

import edgeci
from edgeci.config_file import Loaded
from edgeci.errors import ConfigError, WorkspaceError
from edgeci.records import Workspace, digest
from edgeci.reports.characters import one_line
from edgeci.stages.bundle import CHECKSUMS, MODEL, keep_only, rejected, write
from edgeci.types import Measurement, Release

PORT = 8080
MOUNT = "/models"
"""Where the bundle's `model/` is, inside the container."""
RUNTIME_MB = 256
"""Memory of a loaded runtime where `peak_memory` does not record it as `runtime_mb`: room for any of ours."""
ROUND_TO_MB = 64
NAME_LENGTH = 63
TEMPLATE_SUFFIX = ".j2"
TEMPLATE_PROBLEMS = (
    TemplateError,
    yaml.YAMLError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    RecursionError,
)


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
    keep_only(workspace.manifests, bundles)
    return [path for release in releases for path in render_release(workspace, loaded, release, say)]


def render_release(workspace: Workspace, loaded: Loaded, release: Release, say: Callable[[str], None]) -> list[Path]:
    destination = workspace.manifests / release.target.name
    folders = template_folders(loaded.folder)
    written: list[Path] = []
    with workspace.fresh_folder(destination) as folder:
        for template in dict.fromkeys(loaded.config.render.templates):
            if template not in folders:
                raise ConfigError(f"unknown template {template!r}; known: {', '.join(sorted(folders))}")
            for name, content in documents(folders[template], context(workspace, loaded, release)):
                write(folder, f"{template}/{name}", content)
                written.append(destination / template / name)
            say(f"{release.target.name}: manifests are in {destination / template}")
    return written


def documents(folder: Path, values: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file a template makes, checked."""
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder), undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True
    )
    environment.filters.update(to_yaml=to_yaml, literal=literal, whole=whole)
    kubernetes = any(folder.glob("kustomization.yaml*"))
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        if not path.resolve().is_relative_to(folder.resolve()):
            raise rejected(path, "leads out of its template folder")
        name = path.relative_to(folder).as_posix()
        if path.suffix == TEMPLATE_SUFFIX:
            content = fill(environment, path, name, values).encode()
        else:
            content = path.read_bytes()
        name = name.removesuffix(TEMPLATE_SUFFIX)
        check(path, PurePosixPath(name).suffix, content, kubernetes)
        yield name, content


def fill(environment: ImmutableSandboxedEnvironment, path: Path, name: str, values: dict[str, Any]) -> str:
    try:
        return environment.get_template(name).render(values)
    except TemplateSyntaxError as problem:
        raise ConfigError(one_line(f"{path}:{problem.lineno}: {problem.message}")) from problem
    except TEMPLATE_PROBLEMS as problem:
        raise ConfigError(one_line(f"{path}: {problem}")) from problem


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
    return f"passed {len(release.verdicts)} gates: {reasons}"


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
