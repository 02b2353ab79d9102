"""run: every verb in order. A verdict of no still gets its reports; only what passed is released and rendered."""

from dataclasses import dataclass
from pathlib import Path

from edgeci.errors import ExitCode
from edgeci.measuring.cores import refuse_missing_cores
from edgeci.stages.against import opponents
from edgeci.stages.assess import assess
from edgeci.stages.benchmark import benchmark
from edgeci.stages.gate import exit_code, gate
from edgeci.stages.optimize import optimize
from edgeci.stages.plan import plan
from edgeci.stages.release import release
from edgeci.stages.render import render
from edgeci.stages.report import rendered, report
from edgeci.types import Change, Evidence, Release
from edgeci.workbench.judgement import evidence, homes
from edgeci.workbench.project import Project
from edgeci.workbench.stored import stored


@dataclass(frozen=True)
class Outcome:
    """What a whole run came to."""

    code: ExitCode
    evidence: Evidence
    releases: list[Release]
    manifests: list[Path]


def run(project: Project) -> Outcome:
    """Assess, plan, optimize, benchmark, gate, report, release, render.

    Raises:
        EdgeciError: as the verbs.
    """
    refuse_missing_cores(project)
    project.workspace.write("changes", project.changes, Change)
    assess(project)
    plan(project, reads_data=False)
    optimize(project)
    benchmark(project, opponents(project))
    sources = stored(project, ())
    judgement = gate(project, sources)
    known = evidence(project, sources, judgement)
    report(project, known)
    releases = release(project, known, homes(project, sources), rendered(known))
    manifests = render(project.workspace, project.loaded, releases, project.say)
    return Outcome(exit_code(judgement.decisions), known, releases, manifests)
