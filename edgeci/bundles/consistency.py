"""What a release record must show: that it agrees with its files, with its own samples and with its edgeci.yaml.

`release` writes no bundle and `verify` accepts none in which anything here is at fault.
"""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from edgeci.bundles.layout import CONFIGURATION, MODEL, NOTICE, RECORD, REPORTS
from edgeci.config import Config
from edgeci.config_file import Loaded
from edgeci.errors import EdgeciError
from edgeci.gates.judge import judge
from edgeci.gates.waiving import waived
from edgeci.hardware.fingerprint import fingerprint
from edgeci.plain_yaml import parsed
from edgeci.types import Gate, Release, Verdict, Waiver


def faults(release: Release, configuration: bytes) -> Iterator[tuple[str, str]]:
    """Every way in which a record contradicts itself or its edgeci.yaml: (file to blame, what is wrong)."""
    yield from ((RECORD, fault) for fault in layout_faults(release))
    yield from ((RECORD, fault) for fault in model_faults(release))
    yield from ((RECORD, fault) for fault in verdict_faults(release))
    yield from ((RECORD, fault) for fault in measurement_faults(release))
    yield from policy_faults(release, configuration)


def layout_faults(release: Release) -> Iterator[str]:
    paths = {file.path for file in release.files}
    for path in sorted({NOTICE, CONFIGURATION} - paths):
        yield f"{path} is not among the files of the bundle"
    for path in sorted(paths - {NOTICE, CONFIGURATION}):
        if not path.startswith((f"{MODEL}/", f"{REPORTS}/")):
            yield f"{path} has no place in a bundle"


def model_faults(release: Release) -> Iterator[str]:
    shipped = {file.path: file for file in release.files if file.path.startswith(f"{MODEL}/")}
    recorded = {f"{MODEL}/{file.path}": file for file in release.candidate.files}
    for path in sorted(shipped.keys() | recorded.keys()):
        if path not in shipped or path not in recorded:
            yield f"{path} is in the bundle or in the candidate's record, but not in both"
        elif (shipped[path].sha256, shipped[path].size_bytes) != (recorded[path].sha256, recorded[path].size_bytes):
            yield f"{path} is not the file that was measured: its digest or size differs from the candidate's record"
    if f"{MODEL}/{release.candidate.main}" not in recorded:
        yield f"the candidate's main file {release.candidate.main!r} is not among its files"


def verdict_faults(release: Release) -> Iterator[str]:
    if not release.verdicts:
        yield "no verdicts"
    seen: set[Gate] = set()
    for verdict in release.verdicts:
        gate = verdict.gate.title
        if not verdict.may_ship:
            yield f"gate {gate!r} did not pass: {verdict.outcome}"
        if verdict.waiver is not None and verdict.outcome != "failed":
            yield f"gate {gate!r} {verdict.outcome} and cannot be waived"
        if (verdict.candidate, verdict.target) != (release.candidate.recipe.id, release.target.name):
            yield f"the verdict on gate {gate!r} is about {verdict.candidate!r} on {verdict.target!r}"
        if verdict.gate in seen:
            yield f"two verdicts on gate {gate!r}"
        seen.add(verdict.gate)


def measurement_faults(release: Release) -> Iterator[str]:
    machine = fingerprint(release.hardware)
    for measurement in release.measurements:
        if measurement.conditions.machine != machine:
            yield f"{measurement.metric} was not measured on the machine whose facts are recorded"
        if (measurement.candidate, measurement.target) != (release.candidate.recipe.id, release.target.name):
            yield f"{measurement.metric} was measured on {measurement.candidate!r} for {measurement.target!r}"
    for verdict in release.verdicts:
        yield from judged_differently(release, verdict)


def judged_differently(release: Release, verdict: Verdict) -> Iterator[str]:
    """Judge the raw samples again: a verdict is a claim, the samples are what was seen."""
    try:
        again = judge(verdict.gate, release.candidate.recipe.id, release.target.name, release.measurements)
    except (ArithmeticError, LookupError, TypeError, ValueError) as problem:
        yield f"gate {verdict.gate.title!r} cannot be judged again: {problem}"
        return
    if again.outcome != verdict.outcome:
        does = "does not pass" if verdict.outcome == "passed" else f"is {again.outcome}, not {verdict.outcome},"
        yield f"gate {verdict.gate.title!r} {does} on the recorded samples: {again.reason}"
    elif not all(map(is_same, numbers(again), numbers(verdict))):
        yield f"the numbers of gate {verdict.gate.title!r} are not those of the recorded samples: {again.reason}"


def numbers(verdict: Verdict) -> tuple[float | None, ...]:
    return verdict.value, verdict.lower, verdict.upper


def is_same(one: float | None, other: float | None) -> bool:
    """Equal but for what another processor's or library's last digits may differ."""
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)


def policy_faults(release: Release, configuration: bytes) -> Iterator[tuple[str, str]]:
    try:
        loaded = policy(configuration)
    except (EdgeciError, ValueError) as problem:
        yield CONFIGURATION, f"not a configuration: {str(problem).splitlines()[0]}"
        return
    if release.target not in loaded.config.targets:
        yield RECORD, f"the target {release.target.name!r} is not as {CONFIGURATION} describes it"
    for verdict in release.verdicts:
        yield from ((RECORD, fault) for fault in waiver_faults(verdict, loaded.config.waivers))
    judged = {demand(verdict.gate) for verdict in release.verdicts}
    for gate in loaded.gates:
        if gate.target in (None, release.target.name) and demand(gate) not in judged:
            yield RECORD, f"no verdict on gate {gate.title!r}, which {CONFIGURATION} demands"


def waiver_faults(verdict: Verdict, waivers: Sequence[Waiver]) -> Iterator[str]:
    """A failure ships only with a waiver that the configuration in the bundle holds, and not in silence."""
    if verdict.waiver is None:
        return
    if waived(verdict.model_copy(update={"waiver": None}), waivers).waiver != verdict.waiver:
        yield f"gate {verdict.gate.title!r} is waived by {verdict.waiver.owner!r}, but not in {CONFIGURATION}"
    if verdict.waiver.sentence not in verdict.reason:
        yield f"the reason of gate {verdict.gate.title!r} does not say that it is waived"


def demand(gate: Gate) -> Gate:
    """What a gate asks, wherever it stands in the file."""
    return gate.model_copy(update={"line": None})


def policy(configuration: bytes) -> Loaded:
    """The edgeci.yaml of a bundle, read as if a stranger had written it."""
    content, marks = parsed(configuration, CONFIGURATION)
    return Loaded(Config.model_validate(content), Path(CONFIGURATION), marks)
