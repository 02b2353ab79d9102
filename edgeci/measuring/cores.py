"""Threads need cores: what cannot run at once here is refused before any work, and what must share them is told."""

from edgeci.errors import ConfigError
from edgeci.hardware.cores import busy_cores, most_threads
from edgeci.hardware.facts import facts
from edgeci.types import Target
from edgeci.workbench.project import Project

SHARED = 0.5
"""Cores that others may use without a word."""


def refuse_missing_cores(project: Project) -> None:
    """Said where a target is worked on: a matrix may be planned on any machine.

    Raises:
        ConfigError: a target with more threads than this machine runs at once. Some runtimes then wait for each other
            without an end.
    """
    known = most_threads(facts())
    for index, target in enumerate(project.loaded.config.targets):
        if known is not None and target in project.targets and target.threads > known[0]:
            most, source = known
            raise ConfigError(
                f"{project.loaded.where(('targets', index, 'threads'))}: {target.threads} threads, and this machine "
                f"runs {most} at once ({source}); lower `threads`, or work on {target.name} where its cores are "
                "(`--target` leaves it out here)"
            )


def tell_shared_cores(project: Project, target: Target) -> None:
    """A moment before measuring: of wall time on several threads nothing else tells that they had to wait."""
    known, busy = most_threads(facts()), busy_cores() if target.threads > 1 else None
    if known is not None and busy is not None and target.threads + busy > known[0] + SHARED:
        project.say(
            f"{target.name}: {target.threads} threads on {known[0]} cores, of which other work uses {busy:.1f} right "
            "now: wall time will be of both; free the machine"
        )
