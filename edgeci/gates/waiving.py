"""A failure somebody answers for, until a date. It ships, and it stays a failure in every report.

Only what failed can be waived: nobody can answer for what was not measured or cannot be told.
"""

from collections.abc import Sequence

from edgeci.types import Verdict, Waiver


def waived(verdict: Verdict, waivers: Sequence[Waiver]) -> Verdict:
    """The verdict with its waiver, which its reason then names."""
    waiver = next(
        (each for each in waivers if each.is_for(verdict.gate) and each.target in (None, verdict.target)), None
    )
    if verdict.outcome != "failed" or waiver is None:
        return verdict
    return verdict.model_copy(update={"waiver": waiver, "reason": f"{verdict.reason}; {waiver.sentence}"})
