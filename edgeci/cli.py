"""The command line: which commands there are, in which order, and how they fail. `edgeci.commands` says what they do.

Every option is also an environment variable: `edgeci gate --config x` and `EDGECI_GATE_CONFIG=x edgeci gate` are the
same, which is how the actions pass inputs without a shell ever seeing them.
"""

import sys
import traceback
from io import StringIO
from typing import Any, NoReturn

import click

from edgeci import __version__, github
from edgeci.commands import candidates, configuration, door, everything, machine, measurements, releases, verdicts
from edgeci.commands.stopping import Stopped, stoppable
from edgeci.errors import ConfigError, EdgeciError, ExitCode
from edgeci.reports.characters import one_line

INTERRUPTED = "interrupted; run the same command again to go on"

IN_ORDER = (
    everything.quickstart,
    configuration.init,
    configuration.schema,
    everything.run,
    candidates.assess,
    candidates.plan,
    candidates.explain,
    candidates.optimize,
    measurements.benchmark,
    measurements.profile,
    verdicts.gate,
    verdicts.report,
    releases.release,
    releases.verify,
    releases.render,
    machine.doctor,
    machine.backend,
    machine.runner,
)
"""As `--help` lists them: the order they are used in."""


class Verbs(click.Group):
    """Commands in the order they are used, and errors as one line with their own exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def main(self, *arguments: Any, **settings: Any) -> NoReturn:
        """What click would say itself goes through the door as well."""
        try:
            with stoppable():
                code = super().main(*arguments, **{**settings, "standalone_mode": False})
        except click.ClickException as problem:
            said = StringIO()
            problem.show(said)
            door.show_usage(said.getvalue())
            code = problem.exit_code
        except click.Abort:
            complain(INTERRUPTED, ExitCode.INTERRUPTED)
        except Stopped as stopped:
            complain(f"stopped by {stopped.name}; run the same command again to go on", ExitCode.TERMINATED)
        except OSError as problem:  # of what click says itself
            unforeseen(problem)
        sys.exit(code)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ConfigError as problem:
            complain(str(problem), problem.exit_code)
        except EdgeciError as problem:
            complain(one_line(str(problem)), problem.exit_code)
        except KeyboardInterrupt:
            complain(INTERRUPTED, ExitCode.INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as problem:  # noqa: BLE001 - whatever it is, it ends as a line and a code
            if ctx.params.get("debug"):
                complain(traceback.format_exc().rstrip(), ExitCode.INTERNAL)
            unforeseen(problem)


def unforeseen(problem: Exception) -> NoReturn:
    """A full disk is nobody's defect, wherever it is met; everything else is edgeci's."""
    from edgeci import accidents

    what = one_line(f"{type(problem).__name__}: {problem}")
    if accidents.is_full(problem):
        complain(f"{what}: {accidents.FREE_SOME}", ExitCode.WORKSPACE)
    complain(f"a defect in edgeci ({what}); run `edgeci --debug ...` and report it", ExitCode.INTERNAL)


def complain(message: str, code: ExitCode) -> NoReturn:
    """Say it and end. Only what lists several problems has several lines: a configuration, a traceback."""
    door.complain(message)
    if github.active():
        from edgeci.reports.annotations import command

        door.annotate(command("error", "", None, f"edgeci exit {int(code)}", message))
    sys.exit(code)


@click.group(cls=Verbs, commands=IN_ORDER, context_settings={"auto_envvar_prefix": "EDGECI", "max_content_width": 100})
@click.version_option(__version__, prog_name="edgeci")
@click.option("--debug", is_flag=True, help="Show the traceback of a defect.")
def main(debug: bool) -> None:
    """Treat an edge-AI model like code.

    edgeci reads a model, makes candidates for each target, measures them against the model as it is, and lets only
    what passes its gates be released.
    """


if __name__ == "__main__":
    main()
