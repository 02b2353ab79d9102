"""What the number of items says of the gates before anything is made: some can pass nobody."""

from collections.abc import Mapping

from edgeci.gates.enough import shortfall
from edgeci.workbench.project import Project


def tell_too_few_items(project: Project, counts: Mapping[str, int]) -> None:
    """A sentence a gate. Not an error: such a gate can still fail a candidate, and the others can be judged.

    `counts` are the items of each metric.
    """
    loaded = project.loaded
    for gate in loaded.gates:
        if (items := counts.get(gate.metric)) is not None and (why := shortfall(gate, items)) is not None:
            project.say(f"{loaded.path}:{gate.line}: {gate.title} {gate.limit:g} cannot pass: {why}")
