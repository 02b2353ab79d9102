"""Energy of inferences, from a counter in a folder that a thread advances like a machine of 10 W."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import pytest

from edgeci.config import Budget
from edgeci.measuring.energy import estimate, measure_energy
from edgeci.types import Conditions
from tests.hardware.test_energy import RANGE_UJ, domain
from tests.measuring.sides import LIMITS, side

pytestmark = pytest.mark.alone

WATTS = 10.0


@contextmanager
def machine(root: Path, start_uj: int = 0) -> Iterator[None]:
    """A counter that counts 10 W and wraps."""
    file, stop = domain(root, "intel-rapl:0", "package-0", start_uj), threading.Event()
    started = time.perf_counter()

    def run() -> None:
        while not stop.wait(0.002):
            used = int((time.perf_counter() - started) * WATTS * 1e6)
            fresh = file.with_name("fresh")
            fresh.write_text(str((start_uj + used) % (RANGE_UJ + 1)))
            fresh.replace(file)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.mark.slow
def test_joules_of_an_inference_are_power_times_time_even_across_a_wrap(tmp_path: Path) -> None:
    theirs, ours = side(tmp_path / "theirs", "slow"), side(tmp_path / "ours", "steady")
    with machine(tmp_path, RANGE_UJ - 20_000_000):  # wraps after 2 s
        joules = measure_energy(theirs, ours, LIMITS, Budget(), tmp_path)
    assert len(joules.samples) == len(joules.reference) == 12
    assert min(joules.samples) > 0
    # 20 ms at 10 W are 0.2 J and 2 ms are 0.02 J; a busy machine makes sleeps longer, hardly shorter.
    assert 0.19 < median(joules.reference) < 0.4
    assert 0.019 < median(joules.samples) < 0.08
    assert joules.conditions.provenance == "measured"


def test_without_a_counter_there_is_no_number(tmp_path: Path) -> None:
    joules = measure_energy(side(tmp_path / "a"), side(tmp_path / "b"), LIMITS, Budget(), tmp_path)
    assert not joules.samples
    assert joules.conditions.unavailable.startswith("no energy counter")


@pytest.mark.slow
def test_a_counter_that_stands_still_is_no_counter(tmp_path: Path) -> None:
    domain(tmp_path, "intel-rapl:0", "package-0", 5)
    joules = measure_energy(side(tmp_path / "a"), side(tmp_path / "b"), LIMITS, Budget(), tmp_path)
    assert "does not move" in joules.conditions.unavailable


def test_an_estimate_is_labelled_as_one() -> None:
    assert estimate(Conditions(), 8.0, None) == Conditions()
    guess = estimate(Conditions(unavailable="no counter"), 8.0, 5.0)
    assert guess.provenance == "estimated"
    assert guess.estimated_joules == 0.04
    assert "never gated" in guess.estimated_from
    assert guess.unavailable == "no counter"
