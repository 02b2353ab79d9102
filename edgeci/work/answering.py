"""Ask a candidate: a first look before it counts, and every evaluation item for its quality."""

from pathlib import Path

import numpy as np

from edgeci.accidents import doing
from edgeci.evaluation.arrays import Array
from edgeci.kinds.registry import kind
from edgeci.types import Agreement, Job, Noun, Scores
from edgeci.work.sessions import items_of, opened, runtime_of


class Looked(Noun):
    """That a candidate loads and runs, and how its answers agree with a reference's."""

    runtime: dict[str, str]
    agreement: Agreement | None


def look(job: Job, save: Path, reference: Path | None) -> Looked:
    """Load, run and look at the first items; what was seen is kept in `save`, and compared with a reference's.

    Raises:
        BackendFailed: does not load, does not run, gives no answers, or none that can be compared.
        ConfigError: without a reference: the metric means nothing of such answers.
    """
    chosen = kind(job.kind)
    session = opened(job)
    items = items_of(job)
    with doing(f"{job.recipe.backend} loads it, but does not run it on the first items"):
        if reference is None:
            chosen.refuse_unfit_answers(session, items, job.items, job.items.metric)
        ours = chosen.look(session, items)
    np.savez(save, **{name: kept(values, chosen.KEPT_AS) for name, values in ours.items()})  # type: ignore[arg-type]
    if reference is None:
        return Looked(runtime=runtime_of(session), agreement=None)
    with np.load(reference, allow_pickle=False) as archive:
        theirs = {name: archive[name] for name in archive.files}
    return Looked(runtime=runtime_of(session), agreement=chosen.agreement(theirs, ours))


def kept(values: Array, dtype: type[np.generic]) -> Array:
    """Floats are rounded; ids and names have to stay what they are."""
    return values.astype(dtype, copy=False) if values.dtype.kind == "f" else values


def predict(job: Job, metrics: list[str], save: Path | None, theirs: Path | None) -> dict[str, Scores]:
    """One raw sample per item and metric.

    Raises:
        ConfigError: a metric that these items or outputs do not allow.
        BackendFailed: the session fails, or its answers cannot be compared with the baseline's.
    """
    session, items = opened(job), items_of(job)
    with doing(f"{job.recipe.backend} fails while it answers the evaluation items"):
        return kind(job.kind).predict(session, items, job.items, metrics, save, theirs)
