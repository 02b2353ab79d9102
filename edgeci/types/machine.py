"""This machine: what is known about it, and what a timing on it is worth."""

from pydantic import JsonValue

from edgeci.types.noun import Noun


class Fact(Noun):
    """One thing known about this machine, and how it is known."""

    name: str
    value: JsonValue
    source: str


class Passport(Noun):
    """What a timing on a machine is worth, proved by timing models whose answer is known."""

    fingerprint: str
    """Digest of the facts that make it the same kind of machine tomorrow."""
    facts: tuple[Fact, ...]
    decisions: int
    """Decisions on a model against itself, by the usual 5 % regression gate."""
    false_alarms: int
    """How many of those failed."""
    slower_decisions: int
    """Decisions on a model with 10 % more work."""
    detected: int
    """How many of those failed, as they should."""
    slower_by: float
    """The share by which it measured slower."""
    budget_seconds: float
    pairs: int
    """Pairs that a benchmark takes here within that budget."""
    resolution_cpu: float
    """Smallest change of CPU time, a share, that can be told from noise with those pairs."""
    resolution_wall: float
    contention: float
    """Wall per CPU time of one thread."""
    scheduling: str
