"""How good a candidate's answers are, and how far from its baseline's, item by item."""

from edgeci.errors import EdgeciError, WorkspaceError
from edgeci.measuring.pair import Pair
from edgeci.metrics import METRICS
from edgeci.types import Conditions, Measurement, Scores
from edgeci.work.answering import predict


def quality(pair: Pair) -> list[Measurement]:
    """Every quality metric that is asked for, and what else one pass over the items gives."""
    metrics = pair.bench.quality_metrics(pair.against)
    try:
        theirs, ours = scores(pair, metrics)
    except WorkspaceError:
        raise
    except EdgeciError as problem:
        return [pair.unavailable(metric, problem) for metric in metrics]
    return [measured(pair, metric, ours[metric], theirs[metric]) for metric in ours]


def scores(pair: Pair, metrics: list[str]) -> tuple[dict[str, Scores], dict[str, Scores]]:
    """What the baseline and the candidate make of the items; the candidate is compared with the baseline's.

    What the baseline is compared by may be a large file, kept while this target is measured.
    """
    reference = pair.bench.reference(pair.theirs)
    theirs = pair.bench.predicted(pair.theirs, metrics, reference)
    if pair.ours == pair.theirs:
        return theirs, theirs
    if not reference.exists():  # nothing is compared as a whole
        return theirs, pair.bench.predicted(pair.ours, metrics)
    return theirs, pair.ours.ask(predict, pair.ours.job, metrics, None, reference)


def measured(pair: Pair, metric: str, ours: Scores, theirs: Scores) -> Measurement:
    made = pair.measurement(
        metric,
        ours.samples,
        () if METRICS[metric].is_comparison else theirs.samples,
        ours.labels,
        Conditions(tokens=ours.tokens, class_scores=ours.class_scores),
    )
    rows = {"rows": ours.rows, "reference_rows": theirs.rows}
    return made.model_copy(update={"slices": ours.slices, "clusters": ours.clusters, **rows})
