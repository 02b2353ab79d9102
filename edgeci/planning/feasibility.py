"""Why a backend cannot have a candidate of this model for a target, whatever is installed: format, kind, hardware."""

from collections.abc import Mapping

from edgeci.backends import registry
from edgeci.formats.routes import TITLES, refusal
from edgeci.hardware.accelerators import absent
from edgeci.kinds.registry import kind
from edgeci.kinds.registry import names as known_kinds
from edgeci.types import Assessment, Fact, Recipe, Target


def unsuited(assessment: Assessment, name: str, target: Target, facts: Mapping[str, Fact]) -> str | None:
    """Why nothing of this backend can be tried for a target, or None.

    Raises:
        ConfigError, BackendMissing: no such backend, or it cannot be imported.
    """
    return (
        no_route(assessment, name)
        or other_kind(assessment, name)
        or absent(target.accelerator, facts.get("accelerators"))
        or nothing_offered(assessment, name, target)
    )


def no_route(assessment: Assessment, name: str) -> str | None:
    wanted = registry.runs(name)
    return None if wanted is None else refusal(assessment.model.format, wanted)


def other_kind(assessment: Assessment, name: str) -> str | None:
    """A backend takes the kinds of model that it names; backends for this one are named, too."""
    taken = registry.kinds(name)
    if assessment.kind in taken:
        return None
    titles = " and ".join(f"{kind(each).TITLE}s" for each in known_kinds() if each in taken)
    able = [other for other in registry.names() if is_for(other, assessment)]
    return (
        f"{name} runs {titles}, and this is {article(kind(assessment.kind).TITLE)}; "
        f"backends for it: {', '.join(able) or 'none is declared'}"
    )


def article(title: str) -> str:
    return f"an {title}" if title[0] in "aeiou" else f"a {title}"


def is_for(name: str, assessment: Assessment) -> bool:
    """Whether a backend takes this kind of model and there is a way to its format; a broken one takes nothing."""
    return name in registry.importable() and assessment.kind in registry.kinds(name) and not no_route(assessment, name)


def nothing_offered(assessment: Assessment, name: str, target: Target) -> str | None:
    """Only of backends that say what they run: a third party's may propose nothing and still do what it is told."""
    if registry.runs(name) is None or any(registry.backend(name).propose(assessment, target)):
        return None
    where = "" if target.accelerator == "cpu" else f" on a target's {target.accelerator.upper()}"
    return f"{name} offers nothing for a {TITLES[assessment.model.format]} model{where}"


def too_large(assessment: Assessment, recipe: Recipe, target: Target) -> str | None:
    """A method that keeps every weight needs at least the memory of the weights."""
    size_mb = assessment.model.size_bytes / 1e6
    if target.memory_mb is None or recipe.method not in registry.backend(recipe.backend).LOSSLESS:
        return None
    if size_mb <= target.memory_mb:
        return None
    return (
        f"the model alone takes {size_mb:.0f} MB, and {recipe.method} makes it no smaller; target {target.name} has "
        f"memory_mb: {target.memory_mb}"
    )


def unneeded(assessment: Assessment) -> str | None:
    """Why its weights are not quantized once more."""
    codes = ("already-quantized", "half-precision")
    return next((concern.message for concern in assessment.concerns if concern.code in codes), None)
