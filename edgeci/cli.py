"""The command line: which commands there are, in which order, and how they fail. `edgeci.commands` says what they do.

Every option is also an environment variable: `edgeci gate --config x` and `EDGECI_GATE_CONFIG=x edgeci gate` are the
same, which is how the actions pass inputs without a shell ever seeing them.
"""

import sys
from typing import Any

import click

from edgeci import __version__, github
from edgeci.commands import candidates, configuration, everything, machine, measurements, releases, verdicts
from edgeci.errors import EdgeciError, ExitCode

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

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except EdgeciError as problem:
            complain(str(problem), problem.exit_code)
        except KeyboardInterrupt:
            complain("interrupted; run the same command again to go on", ExitCode.INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as problem:
            if ctx.params.get("debug"):
                raise
            complain(
                f"a defect in edgeci ({type(problem).__name__}: {problem}); run `edgeci --debug ...` and report it",
                ExitCode.INTERNAL,
            )


def complain(message: str, code: ExitCode) -> None:
    from edgeci.reports.characters import visible

    for line in message.splitlines():
        click.echo(f"edgeci: {visible(line)}", err=True)
    if github.active():
        from edgeci.reports.annotations import command

        click.echo(command("error", "", None, f"edgeci exit {int(code)}", message))
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
