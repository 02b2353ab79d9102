"""How often a rule for "keeps 95 % of the baseline's accuracy" is right, by simulation: ours and the usual one.

The usual rule divides two accuracies and compares. Ours asks for the lower 95 % bound of the paired score test. The
baseline is right on 90 % of the items; on 1 % the candidate alone is right, as real candidates are.

    python benchmarks/accuracy_rule.py
"""

from collections.abc import Iterator
from functools import cache
from math import inf, sqrt

import numpy as np

from edgeci.statistics.paired import restricted_discordance

LIMIT = 0.95
BASELINE = 0.90
ONLY_OURS = 0.01
NORMAL_95 = 1.6448536269514722
COUNTS = (64, 200, 1000)
SHARES = (0.90, 0.93, 0.95, 0.97, 0.98, 0.99, 1.00)
RUNS = 2000


def drawn(share: float, count: int, runs: int = RUNS) -> Iterator[tuple[int, int, int]]:
    """(both right, only ours, only theirs) of each run, for a candidate that truly keeps a share of the accuracy."""
    both = share * BASELINE - ONLY_OURS
    cells = [both, ONLY_OURS, BASELINE - both, 1 - BASELINE - ONLY_OURS]
    for counts in np.random.default_rng(0).multinomial(count, cells, size=runs):
        yield int(counts[0]), int(counts[1]), int(counts[2])


@cache
def passes_by_bound(both: int, only_ours: int, only_theirs: int, count: int) -> bool:
    """Our rule, as gates/quality.py has it: the score test rejects "keeps less than the limit"."""
    difference = (both + only_ours) - LIMIT * (both + only_theirs)
    discordant = restricted_discordance(both, only_ours, only_theirs, count, LIMIT)
    score = difference / sqrt(count * LIMIT * discordant) if discordant > 0 else inf
    return difference > 0 and score >= NORMAL_95


def passes_by_estimate(both: int, only_ours: int, only_theirs: int) -> bool:
    return both + only_ours >= LIMIT * (both + only_theirs)


def pass_rates(share: float, count: int, runs: int = RUNS) -> tuple[float, float]:
    """How often ours and the usual rule let such a candidate pass."""
    cells = list(drawn(share, count, runs))
    ours = sum(passes_by_bound(*each, count) for each in cells) / runs
    usual = sum(passes_by_estimate(*each) for each in cells) / runs
    return ours, usual


def table() -> str:
    """Markdown: one row a truth, two columns a number of items."""
    lines = [
        "| the candidate truly keeps | should pass |"
        + "".join(f" n = {count}: estimate | n = {count}: edgeci |" for count in COUNTS),
        "|---:|---|" + "---:|---:|" * len(COUNTS),
    ]
    for share in SHARES:
        rates = [pass_rates(share, count) for count in COUNTS]
        cells = "".join(f" {100 * usual:.1f} % | {100 * ours:.1f} % |" for ours, usual in rates)
        should = "no" if share < LIMIT else "just" if share == LIMIT else "yes"
        lines.append(f"| {100 * share:.0f} % | {should} |{cells}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
