"""Manifests for what is released: files from templates, each parsed back before it is written. Deploys nothing.

A template is a folder: `*.j2` files are rendered, others are copied. The packaged ones stand in `templates/`; a folder
`templates/<name>/` beside edgeci.yaml is one more, and replaces a packaged one of its name. Every value in a YAML
template goes through `to_yaml`, so no string, whatever is in it, can be anything but itself.
"""

import base64
from collections.abc import Callable
from pathlib import Path

from edgeci.bundles.layout import write
from edgeci.config import Limits
from edgeci.config_file import Loaded
from edgeci.errors import BackendFailed, ConfigError
from edgeci.isolation.process import Worker, ask_once
from edgeci.rendering.catalogue import packaged_templates, template_folders
from edgeci.rendering.context import Context, context
from edgeci.rendering.filling import documents, fill
from edgeci.reports.characters import one_line
from edgeci.types import Release
from edgeci.workspace import Workspace


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


def filled(folder: Path, values: Context, limits: Limits) -> dict[str, bytes]:
    """Name and content of every file a template makes; one of the user's own is filled in a worker.

    Raises:
        ConfigError: the template gives no valid document, or does not come to an end within the limits.
        InputRejected: something in its folder is no regular file, or too large.
    """
    if folder.parent == packaged_templates():
        return dict(documents(folder, values, follow=True))
    try:
        made = ask_once(Worker(limits), fill, folder.absolute(), values)
    except BackendFailed as problem:
        allowed = f"limits.timeout_seconds {limits.timeout_seconds:g} and limits.memory_mb {limits.memory_mb}"
        raise ConfigError(one_line(f"{folder}: this template is not filled within {allowed}: {problem}")) from problem
    return {name: base64.b64decode(content) for name, content in made.items()}
