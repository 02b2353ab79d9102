"""Everything that a reader of the reports may ask for, in one record."""

from edgeci.types.candidate import Candidate, Skipped
from edgeci.types.machine import Fact
from edgeci.types.measurement import Measurement
from edgeci.types.model import Assessment
from edgeci.types.noun import Noun
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
    targets: tuple[Target, ...]
    candidates: tuple[Candidate, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    decisions: tuple[Decision, ...] = ()
    changes: tuple[Change, ...] = ()
    """What the change under review alters of the law it is judged by; it does not count."""
