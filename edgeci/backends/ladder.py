"""A search for what must keep its precision: as little as possible, so that the outputs stay within a bound, in time.

Each part is first tried as the only one in few bits; what costs the outputs most for what it would save is then left
alone, step by step. Whoever's time is up gets the best that was tried so far.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

Parts = frozenset[str]
FOR_RANKING = 0.5
"""Share of the time in which parts are tried one by one; the rest is for the steps."""
FEWEST_GROUPS = 4


@dataclass(frozen=True)
class Attempt:
    """What was left as it is, and what that came to."""

    left: Parts
    error: float
    cost: float


@dataclass(frozen=True)
class Outcome:
    """The best attempt, and how far the search came."""

    best: Attempt
    tried: int
    is_within: bool
    is_finished: bool
    """Whether it ended before its time did."""


@dataclass
class Ladder:
    """What leaving each part alone costs, by its name, and who tries: the error where the named parts are left."""

    costs: dict[str, float]
    error: Callable[[Parts], float]
    bound: float
    seconds: float
    clock: Callable[[], float]

    def __post_init__(self) -> None:
        self.started = self.clock()
        self.attempts: dict[Parts, Attempt] = {}

    @property
    def passed(self) -> float:
        return self.clock() - self.started

    @property
    def best(self) -> Attempt:
        """Of what is within the bound the cheapest; of what is not, the closest."""
        return min(self.attempts.values(), key=self.rank)

    def rank(self, attempt: Attempt) -> tuple[bool, float, float]:
        if attempt.error <= self.bound:
            return False, attempt.cost, attempt.error
        return True, attempt.error, attempt.cost

    def attempt(self, left: Iterable[str]) -> Attempt:
        key = frozenset(left)
        if key not in self.attempts:
            error = self.error(key)
            self.attempts[key] = Attempt(key, math.inf if math.isnan(error) else error, self.cost(key))
        return self.attempts[key]

    def cost(self, names: Iterable[str]) -> float:
        return sum(self.costs[name] for name in names)

    def climb(self) -> Outcome:
        """Everything in few bits first; then what hurts most is left alone."""
        is_finished = True
        if self.attempt(()).error > self.bound and len(self.costs) > 1:
            order = self.ranked(self.groups(self.passed))
            is_finished = self.bisect(order) and self.put_back()
        best = self.best
        return Outcome(best, len(self.attempts), best.error <= self.bound, is_finished)

    def groups(self, seconds_a_try: float) -> list[tuple[str, ...]]:
        """Neighbours together, as far as there is no time to try each of them."""
        names = list(self.costs)
        affordable = FOR_RANKING * (self.seconds - self.passed) / max(seconds_a_try, 1e-9)
        size = math.ceil(len(names) / min(len(names), max(FEWEST_GROUPS, affordable)))
        return [tuple(names[start : start + size]) for start in range(0, len(names), size)]

    def ranked(self, groups: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """What hurts most for what it saves first, before it what there was no time for. Errors add up as squares."""
        everything = frozenset(self.costs)
        harm: dict[tuple[str, ...], float] = {}
        for group in groups:
            if self.passed >= FOR_RANKING * self.seconds:
                break
            harm[group] = self.attempt(everything - {*group}).error
        return sorted(groups, key=lambda group: harm.get(group, math.inf) ** 2 / self.cost(group), reverse=True)

    def bisect(self, order: Sequence[tuple[str, ...]]) -> bool:
        """The fewest of the order that have to be left; whether there was time to find out."""
        too_few, enough = 0, len(order)
        while enough - too_few > 1:
            if self.passed >= self.seconds:
                return False
            middle = (too_few + enough) // 2
            fits = self.attempt(names_of(order[:middle])).error <= self.bound
            too_few, enough = (too_few, middle) if fits else (middle, enough)
        return True

    def put_back(self) -> bool:
        """What need not be left after all, dearest first; whether there was time for each."""
        for name in sorted(self.best.left, key=lambda each: -self.costs[each]):
            if self.best.error > self.bound:
                return True
            if self.passed >= self.seconds:
                return False
            if name in self.best.left:
                self.attempt(self.best.left - {name})
        return True


def names_of(groups: Iterable[tuple[str, ...]]) -> Iterator[str]:
    return (name for group in groups for name in group)
