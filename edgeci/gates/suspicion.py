"""What is probably wrong with answers that are too bad, or too good, to be judged; said instead of asking for items.

Of the baseline: a model that somebody wants to ship is better than guessing, or it is not asked what it answers.
"""

from collections import Counter
from collections.abc import Sequence

from edgeci.gates.enough import FEWEST_ITEMS
from edgeci.gates.item_bounds import CONFIDENCE
from edgeci.metrics import METRICS
from edgeci.statistics.intervals import share_bounds
from edgeci.types import Measurement

SHIFTED = 0.5
"""Share of the items that would be right if every label were one less (or more), from which on that is no chance."""
REMEDY = "probably another output (`output`), scale (`scale`, `mean`, `std`) or numbering of the labels is meant"
Classes = Sequence[float]


def suspicion(measurement: Measurement) -> str | None:
    """What the baseline's answers give away, in a sentence; None where nothing is strange, or too little is known."""
    answers = measurement.reference
    if METRICS[measurement.metric].kind != "class" or len(answers) < FEWEST_ITEMS:
        return None
    if measurement.metric == "agreement":
        return constant(answers, answers)
    labels = measurement.labels
    return shifted(answers, labels) or constant(answers, labels) or useless(answers, labels)


def shifted(answers: Classes, labels: Classes) -> str | None:
    """Another first label than first answer, and most of them right if it were not so."""
    for step, remedy in ((1, "begin with 1: subtract 1"), (-1, "begin too low: add 1")):
        if min(answers) != min(labels) - step:
            continue
        share = matches(answers, [label - step for label in labels])
        if share >= SHIFTED and share > 2 * matches(answers, labels):
            return f"{share:.0%} of the baseline's answers are the label {-step:+d}, so the labels seem to {remedy}"
    return None


def constant(answers: Classes, labels: Classes) -> str | None:
    """Of labels that are all alike nothing else is expected."""
    only = set(answers)
    if len(only) > 1 or (labels is not answers and len(set(labels)) == 1):
        return None
    return f"the baseline answers {only.pop():g} to each of the {len(answers)} items: {REMEDY}"


def useless(answers: Classes, labels: Classes) -> str | None:
    """Not shown to be better than guessing: its own answers in any order, or the commonest label for everything."""
    items, share = len(answers), matches(answers, labels)
    if share == 0:
        return f"the baseline gets none of {items} items right: {REMEDY}"
    [(label, often)] = Counter(labels).most_common(1)
    low = share_bounds(round(share * items), items, CONFIDENCE)[0]
    # Where one label is most of them, an informed model need not be right more often than it is.
    guess = by_chance(answers, labels) if often > items / 2 else often / items
    if often == items or low > guess:
        return None
    return (
        f"the baseline is right on {share:.1%} of the items (bound {low:.1%}), no better than guessing "
        f"(always {label:g}: {often / items:.1%}): {REMEDY}"
    )


def by_chance(answers: Classes, labels: Classes) -> float:
    """Share that would be right if the same answers were given to the items in any order."""
    given, true = Counter(answers), Counter(labels)
    return sum(given[label] * often for label, often in true.items()) / len(labels) ** 2


def remark(measurement: Measurement) -> str | None:
    """What no difference between answers may also mean."""
    if len(measurement.labels) < FEWEST_ITEMS or not measurement.samples == measurement.reference == measurement.labels:
        return None
    return "both get every item right: such items show little, or their labels are the model's own answers"


def matches(answers: Classes, labels: Classes) -> float:
    return sum(answer == label for answer, label in zip(answers, labels, strict=True)) / len(answers)
