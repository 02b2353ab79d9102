"""run: every verb in order. A verdict of no still gets its reports; only what passed is released and rendered."""

from dataclasses import dataclass
from pathlib import Path

from edgeci.errors import ExitCode
from edgeci.stages.against import against_bundle, against_reference
from edgeci.stages.assess import assess
from edgeci.stages.benchmark import Opponent, benchmark
from edgeci.stages.gate import exit_code, gate
from edgeci.stages.optimize import optimize
from edgeci.stages.plan import plan
from edgeci.stages.project import Project, evidence
from edgeci.stages.release import release
from edgeci.stages.render import render
from edgeci.stages.report import rendered, report
from edgeci.types import Against, Change, Evidence, Release


@dataclass(frozen=True)
class Outcome:
    """What a whole run came to."""

    code: ExitCode
    evidence: Evidence
    releases: list[Release]
    manifests: list[Path]


def run(project: Project, against: str | None = None) -> Outcome:
    """Assess, plan, optimize, benchmark, gate, report, release, render.

    `against` is a release bundle's folder or a commit; both are then measured in this run.

    Raises:
        EdgeciError: as the verbs.
    """
    opponents: dict[Against, Opponent] = {}
    changes: list[Change] = []
    if against is not None and Path(against).is_dir():
        project, opponents = against_bundle(project, Path(against))
    elif against is not None:
        project, opponents, changes = against_reference(project, against)
    project.workspace.write("changes", changes, Change)
    assess(project)
    plan(project)
    optimize(project)
    benchmark(project, opponents)
    _, decisions = gate(project)
    report(project)
    found = evidence(project)
    releases = release(project.workspace, project.loaded, found, rendered(found), project.say)
    manifests = render(project.workspace, project.loaded, releases, project.say)
    return Outcome(exit_code(decisions), found, releases, manifests)
