"""What a project starts with: its edgeci.yaml, and the schema of one."""

from pathlib import Path

import click

from edgeci.commands import door


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default="edgeci.yaml",
    show_default=True,
    help="File to write.",
)
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
def init(model: Path, output: Path, force: bool) -> None:
    """Write a commented edgeci.yaml for MODEL.

    Example: edgeci init model.onnx
    """
    from edgeci.stages.init import init as write_configuration

    door.progress(f"wrote {write_configuration(model, output, force)}; edit `data`, then `edgeci run`")


@click.command()
def schema() -> None:
    """Print the JSON Schema of edgeci.yaml.

    Example: edgeci schema > edgeci.schema.json
    """
    from edgeci.stages.init import schema as text

    door.hand_over(text())
