"""Several questions at once: what may still be claimed when each had its own chance to look bad by luck."""

from collections.abc import Callable, Sequence


def false_discovery_adjusted(chances: Sequence[float]) -> list[float]:
    """p-values adjusted so that rejecting all below 5 % has at most 5 % false discoveries on average.

    Benjamini & Hochberg (1995), Journal of the Royal Statistical Society B 57(1).
    """
    from scipy.stats import false_discovery_control

    return [float(chance) for chance in false_discovery_control(chances, method="bh")] if chances else []


def step_down(names: Sequence[str], is_rejected: Callable[[str, float], bool], alpha: float = 0.05) -> list[str]:
    """The names rejected with at most `alpha` chance of a single wrong one: Holm (1979), Scand. J. Statistics 6(2).

    `is_rejected(name, level)` tests one of them at a level. While m are left, each is tested at alpha / m.
    """
    left, rejected = list(names), list[str]()
    while beyond := [name for name in left if is_rejected(name, alpha / len(left))]:
        rejected += beyond
        left = [name for name in left if name not in beyond]
    return rejected
