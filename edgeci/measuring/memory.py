"""How much memory a candidate takes, and how much it weighs."""

from edgeci.errors import EdgeciError, WorkspaceError
from edgeci.measuring.pair import Pair
from edgeci.types import Conditions, Measurement


def peak_memory(pair: Pair) -> Measurement:
    try:
        theirs, ours = pair.bench.peaks(pair.theirs), pair.bench.peaks(pair.ours)
    except WorkspaceError:
        raise
    except EdgeciError as problem:
        return pair.unavailable("peak_memory", problem)
    for peak in (*theirs, *ours):
        if peak.unavailable is not None:
            return pair.unavailable("peak_memory", peak.unavailable)
    return pair.measurement(
        "peak_memory",
        [peak.peak_mb for peak in ours],
        [peak.peak_mb for peak in theirs],
        conditions=Conditions(runtime_mb=round(max(peak.runtime_mb for peak in ours), 1)),
    )


def size(pair: Pair) -> Measurement:
    return pair.measurement("size", [pair.ours.candidate.size_bytes / 1e6], [pair.theirs.candidate.size_bytes / 1e6])
