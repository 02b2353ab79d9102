"""Everything that a reader of the reports may ask for, in one record."""

from edgeci.types.candidate import Candidate, Skipped
from edgeci.types.machine import Fact
from edgeci.types.measurement import Measurement
from edgeci.types.model import Assessment
from edgeci.types.noun import Name, Noun
from edgeci.types.target import Target
from edgeci.types.verdict import Decision, Verdict


class Change(Noun):
    """A difference between edgeci.yaml of the base and the one under review, in a key that the base decides."""

    key: str
    base: str
    here: str


class Evidence(Noun):
    """Everything the workspace knows, as the reports take it."""

    config: str
    """Path of edgeci.yaml as a reader would open it, for annotations."""
    assessment: Assessment
    hardware: tuple[Fact, ...] = ()
    """Of the machine that measured, unless the target stands below."""
    elsewhere: dict[Name, tuple[Fact, ...]] = {}
    """Of targets that other machines measured."""
    targets: tuple[Target, ...]
    candidates: tuple[Candidate, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    decisions: tuple[Decision, ...] = ()
    changes: tuple[Change, ...] = ()
    """What the change under review alters of the law it is judged by; it does not count."""

    def hardware_of(self, target: str) -> tuple[Fact, ...]:
        """Facts of the machine that measured a target."""
        return self.elsewhere.get(target, self.hardware)
