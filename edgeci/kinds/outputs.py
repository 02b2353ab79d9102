"""Which candidates are let in: by how each of their outputs agrees with the source's."""

from collections.abc import Collection

from edgeci.types import Agreement, OutputAgreement

SAME_COSINE = 0.999
"""A lossless method (a conversion, a graph optimization) must agree with its source this well,"""
SAME_CHANNEL = 0.05
"""err in no channel by more than this share of its spread,"""
SAME_IDS = 0.999
"""and give this share of whole numbers and texts as they were."""
LOST_CHANNEL = 0.7
"""Beyond, a channel no longer follows the source's, whatever the other channels do: half of its variance is gone."""
LOST_IDS = 0.5


def broken(agreement: Agreement, are_judged: Collection[str]) -> str | None:
    """Why a candidate is not worth measuring: an output, or a channel of one, is lost that the metric does not look at.

    Args:
        are_judged: the outputs whose every channel the metric looks at, so that the metric can tell.
    """
    for output in agreement.outputs:
        if output.name not in are_judged and (reason := lost(output)) is not None:
            return reason
    return None


def lost(output: OutputAgreement) -> str | None:
    if output.equal is not None and not output.varies and output.equal < LOST_IDS:
        return f"only {output.equal:.1%} of its output {output.name} are the source's values"
    if output.worst is not None and output.worst > LOST_CHANNEL:
        return (
            f"its output {output.name} no longer follows the source's in {output.channel or 'all'}: the error is "
            f"{output.worst:.2f} times the spread of the values there (at most {LOST_CHANNEL} is let in)"
        )
    return None


def altered(agreement: Agreement) -> str | None:
    """Why answers are not the source's own."""
    reasons = (reason for output in agreement.outputs if (reason := other(output)) is not None)
    return next(reasons, None)


def other(output: OutputAgreement) -> str | None:
    if output.equal is not None and output.equal < SAME_IDS:
        return f"{1 - output.equal:.1%} of its output {output.name} are other values than the source's"
    if output.cosine is not None and output.cosine < SAME_COSINE:
        return turned_text(output.cosine)
    if output.worst is not None and output.worst > SAME_CHANNEL:
        return (
            f"its output {output.name} errs in {output.channel or 'all'} by {output.worst:.3f} times the spread of "
            f"the source's values there (at most {SAME_CHANNEL} is let in)"
        )
    return None


def turned(agreement: Agreement) -> str | None:
    """The same of embeddings, of which only the direction counts."""
    cosine = agreement.cosine
    return None if cosine is not None and cosine >= SAME_COSINE else turned_text(cosine or 0.0)


def turned_text(cosine: float) -> str:
    return f"their mean cosine similarity with the source's is {cosine:.4f} (at least {SAME_COSINE} is needed)"


def told(agreement: Agreement) -> str:
    """In the fewest words that say it: of vectors their angle, of ids how many are the same, else the worst error."""
    if agreement.cosine is not None:
        return f"cosine {agreement.cosine:.4f}"
    equal = [output.equal for output in agreement.outputs if output.equal is not None]
    if equal:
        return f"{min(equal):.1%} of the answers equal"
    worst = [output.worst for output in agreement.outputs if output.worst is not None]
    return f"error {max(worst, default=0):.2g} of the spread"
