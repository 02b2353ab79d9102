"""Which templates there are: the packaged ones, and those beside edgeci.yaml."""

from pathlib import Path

import edgeci


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
