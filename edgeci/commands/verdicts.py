"""Gate and report: what is decided about the measurements, and where people read it."""

import sys
from pathlib import Path
from typing import NoReturn

import click

from edgeci import github
from edgeci.commands.options import Options, common, evidence_option, opened
from edgeci.commands.output import publish, speaker, summarize, table, verdict_outputs
from edgeci.errors import ExitCode


@click.command()
@click.option("--replay", is_flag=True, help="Judge the stored samples again; refuse verdicts that differ in any bit.")
@click.option("--self-test", is_flag=True, help="Let every known saboteur try to pass a bad model; all must be caught.")
@evidence_option
@common
def gate(options: Options, replay: bool, self_test: bool, evidence: tuple[Path, ...]) -> None:
    """Judge the measurements. Exits 0 yes, 1 no, 3 cannot tell, 6 broken.

    Example: edgeci gate
    """
    from edgeci.reports import terminal
    from edgeci.stages.gate import exit_code
    from edgeci.stages.gate import gate as stage
    from edgeci.stages.replay import replay as judge_again
    from edgeci.workbench.judgement import evidence as gathered
    from edgeci.workbench.stored import stored

    if self_test:
        try_saboteurs(options)
    with opened(options) as project:
        if replay:
            publish("verdict", list(judge_again(project)), options.as_json)
            return
        sources = stored(project, evidence)
        judgement = stage(project, sources)
        known = gathered(project, sources, judgement)
    code = exit_code(judgement.decisions)
    github.write_outputs(verdict_outputs(known, code))
    publish("verdict", list(judgement.verdicts), options.as_json, table(known, terminal.render))
    sys.exit(code)


def try_saboteurs(options: Options) -> NoReturn:
    """Exits 0 when every saboteur was caught."""
    from edgeci.saboteurs.trial import trial

    attempts = trial(speaker(options.quiet, options.verbose))
    caught = sum(attempt.caught for attempt in attempts)
    publish("attempt", list(attempts), options.as_json, f"{caught} of {len(attempts)} saboteurs were caught")
    sys.exit(ExitCode.YES if caught == len(attempts) else ExitCode.INTERNAL)


@click.command()
@evidence_option
@common
def report(options: Options, evidence: tuple[Path, ...]) -> None:
    """Write JUnit, Markdown, HTML and SARIF; on GitHub also the job summary and annotations.

    Example: edgeci report
    """
    from edgeci.stages.report import report as stage
    from edgeci.workbench.judgement import evidence as gathered
    from edgeci.workbench.judgement import judged
    from edgeci.workbench.stored import stored

    with opened(options) as project:
        sources = stored(project, evidence)
        known = gathered(project, sources, judged(project, sources))
        paths = stage(project, known)
    summarize(known)
    github.write_outputs({path.name.replace(".", "-"): str(path) for path in paths})
    publish("decision", list(known.decisions), options.as_json)
