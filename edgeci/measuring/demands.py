"""What gates and configuration ask for besides what is always measured."""

from collections.abc import Sequence

from edgeci.config import Config
from edgeci.metrics import LOAD, SOAK
from edgeci.types import Against, Gate, Target


def wanted(config: "Config", gates: Sequence[Gate], target: Target, against: Against) -> list[str]:
    """The metrics to be measured beside the usual ones: gated, or configured and not yet measured for a rival."""
    gated = {gate.metric for gate in gates if gate.target in (None, target.name) and gate.against == against}
    first = against == "unoptimized"
    metrics: list[str] = []
    if gated & set(LOAD) or (config.load and first):
        metrics += LOAD
    if gated & set(SOAK) or (config.soak and first):
        metrics += SOAK
    if "energy" in gated or (target.watts_per_core and first):
        metrics.append("energy")
    return metrics


def endurance_key(config: "Config", gates: Sequence[Gate], target: Target, against: Against) -> list[str]:
    """Everything these measurements depend on besides what all of them do."""
    settings = [part.model_dump_json() for part in (config.load, config.soak) if part is not None]
    return [*wanted(config, gates, target, against), *settings]
