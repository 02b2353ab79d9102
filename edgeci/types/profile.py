"""Where a candidate's time goes: raw observations, and the bottleneck they give away."""

from typing import Literal

from edgeci.types.noun import Name, Noun

BottleneckKind = Literal["compute-bound", "bandwidth-bound", "overhead-bound", "inconsistent", "undecided"]


class OperatorTime(Noun):
    """What the runtime's own profiler says about one operator type, for one inference."""

    operator: str
    calls: float
    milliseconds: float
    """Profiling itself makes short operators look longer; read it as a share of the profiled total."""


class Compared(Noun):
    """Times of the same work at some size and at size 1, block medians taken in turn: sample i is paired with i."""

    size: int
    """Threads, or items in the batch."""
    milliseconds: tuple[float, ...]
    reference: tuple[float, ...]


class Bandwidth(Noun):
    """What this machine can read from memory, in a buffer as large as the weights."""

    threads: int
    mb_per_second: tuple[float, ...]


class Observed(Noun):
    """Everything `profile` saw of one candidate on one target, raw."""

    threads: int
    weights_mb: float
    """Bytes of the files it is loaded from."""
    cache_mb: float | None
    """The largest first or second level cache; None where the system does not say."""
    load_ms: tuple[float, ...] = ()
    """CPU time to load the model, the framework imported and once rehearsed."""
    cpu_ms: tuple[tuple[float, ...], ...]
    """CPU time of single inferences: a row an item, a column a round."""
    wall_ms: tuple[tuple[float, ...], ...]
    control_ms: tuple[tuple[float, ...], ...]
    """Wall time of a fixed calculation before each of them: what varies there is the machine's, not the model's."""
    thread_scaling: tuple[Compared, ...] = ()
    """Wall time."""
    batch_scaling: tuple[Compared, ...] = ()
    """CPU time on one thread, wall time on several; of the whole batch."""
    bandwidth: tuple[Bandwidth, ...] = ()
    operators: tuple[OperatorTime, ...] = ()
    unavailable: dict[str, str] = {}
    """What could not be observed, and why."""


class Bottleneck(Noun):
    """What limits the speed of a candidate, the numbers that say so, and what would help."""

    kind: BottleneckKind
    reason: str
    evidence: dict[str, float]
    """Every number that was looked at, also those that did not decide."""
    remedies: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    """What else a reader should know: a slow load, a busy machine, evidence that is missing."""


class Profile(Noun):
    """A candidate's bottleneck on one target, and the observations it was derived from."""

    candidate: str
    title: str
    target: Name
    observed: Observed
    bottleneck: Bottleneck
