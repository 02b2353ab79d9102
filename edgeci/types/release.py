"""What ships: a candidate with everything that says why."""

from edgeci.types.candidate import Candidate
from edgeci.types.machine import Fact
from edgeci.types.measurement import Measurement
from edgeci.types.model import Assessment, File
from edgeci.types.noun import Noun
from edgeci.types.target import Target
from edgeci.types.verdict import Verdict


class Release(Noun):
    """A candidate that passed, as bundled for one target."""

    candidate: Candidate
    target: Target
    verdicts: tuple[Verdict, ...]
    measurements: tuple[Measurement, ...]
    assessment: Assessment
    hardware: tuple[Fact, ...]
    files: tuple[File, ...]
    """Every file of the bundle except checksums.txt and edgeci.json itself."""
    edgeci: str
    """Version of edgeci that made the bundle."""
