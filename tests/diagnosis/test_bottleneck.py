"""Each class from constructed numbers, and the numbers that must not decide."""

from typing import Any

import pytest

from edgeci.diagnosis.bottleneck import classify, diagnose
from edgeci.diagnosis.remedies import REMEDIES
from edgeci.diagnosis.signs import Signs
from edgeci.types import Bandwidth, Compared, Observed, OperatorTime


def signs(**changes: Any) -> Signs:
    """A steady model about which nothing else is known."""
    known: dict[str, Any] = {
        "run_ms": 10.0,
        "cpu_busy": 1.0,
        "run_spread": 1.05,
        "run_spread_ms": 0.5,
        "item_spread": 1.02,
        "item_spread_ms": 0.2,
        "control_spread": 1.03,
        "control_item_spread": 1.01,
        "weights_fit_cache": False,
        "traffic_mb_per_second": 100.0,
    }
    return Signs(**(known | changes))


def kind(**changes: Any) -> str:
    return classify(signs(**changes)).kind


def test_work_that_grows_with_the_batch_is_computing() -> None:
    assert kind(batch=8, batch_cost=0.97, operator_calls=6, bandwidth_mb_per_second=10_000) == "compute-bound"


def test_weights_read_as_fast_as_memory_delivers_are_bandwidth() -> None:
    answer = classify(
        signs(traffic_mb_per_second=9_000, bandwidth_mb_per_second=10_000, batch=8, batch_cost=0.2, operator_calls=1)
    )
    assert answer.kind == "bandwidth-bound"
    assert "9,000 MB/s, 90% of the 10,000 MB/s" in answer.reason


def test_short_operators_are_overhead() -> None:
    answer = classify(signs(run_ms=0.2, operator_calls=400, batch=8, batch_cost=0.15, bandwidth_mb_per_second=10_000))
    assert answer.kind == "overhead-bound"
    assert "400 operators in 0.2 ms are 0.5 us each" in answer.reason


def test_a_cost_per_call_is_overhead_even_without_an_operator_profile() -> None:
    assert kind(batch=8, batch_cost=0.15, bandwidth_mb_per_second=10_000) == "overhead-bound"


def test_an_item_that_takes_much_longer_than_the_others_is_inconsistent() -> None:
    assert kind(item_spread=20.0, item_spread_ms=9.0) == "inconsistent"


def test_runs_of_one_item_that_vary_more_than_the_machine_are_inconsistent() -> None:
    assert kind(run_spread=8.0, run_spread_ms=70.0, control_spread=1.5) == "inconsistent"


def test_inconsistency_comes_before_every_other_class() -> None:
    assert kind(item_spread=20.0, item_spread_ms=9.0, batch=8, batch_cost=1.0) == "inconsistent"


def test_variation_that_the_machine_shows_too_is_not_the_models() -> None:
    answer = classify(signs(run_spread=4.5, run_spread_ms=30.0, control_spread=4.7, batch=8, batch_cost=0.98))
    assert answer.kind == "compute-bound"
    assert any("the machine is busy" in remark for remark in answer.remarks)


def test_microseconds_of_difference_are_the_operating_systems() -> None:
    assert kind(run_ms=0.02, run_spread=5.0, run_spread_ms=0.08, batch=8, batch_cost=0.2) != "inconsistent"


@pytest.mark.parametrize("busy", [0.0, 0.5, 0.81, 1.0])
def test_a_busy_processor_alone_is_no_bottleneck(busy: float) -> None:
    assert kind(cpu_busy=busy) == "undecided"
    assert kind(cpu_busy=busy, batch=8, batch_cost=0.95) == "compute-bound"
    assert kind(cpu_busy=busy, run_ms=0.1, operator_calls=300) == "overhead-bound"


def test_weights_that_stay_in_the_cache_are_not_limited_by_memory() -> None:
    same = {"traffic_mb_per_second": 9_000.0, "bandwidth_mb_per_second": 10_000.0, "operator_calls": 2.0}
    assert kind(**same) == "bandwidth-bound"
    assert kind(**same, weights_fit_cache=True) != "bandwidth-bound"


def test_more_traffic_than_memory_can_deliver_means_that_weights_are_not_all_read() -> None:
    answer = classify(signs(traffic_mb_per_second=5e6, bandwidth_mb_per_second=1e4, run_ms=0.05, operator_calls=20))
    assert answer.kind == "overhead-bound"
    assert any("only a part of them is used" in remark for remark in answer.remarks)


def test_threads_that_help_show_computing_where_the_batch_is_fixed() -> None:
    assert kind(threads=4, thread_speed_up=3.1, bandwidth_mb_per_second=10_000) == "compute-bound"


def test_signs_that_contradict_each_other_decide_nothing() -> None:
    answer = classify(signs(batch=8, batch_cost=0.6, bandwidth_mb_per_second=250, operator_calls=1))
    assert answer.kind == "undecided"
    assert "do not agree" in answer.reason


def test_what_was_not_seen_is_named() -> None:
    answer = classify(signs())
    assert answer.reason.startswith("without memory traffic, an operator profile, batch scaling nothing decides it")


def test_every_number_is_in_the_evidence_and_no_other() -> None:
    answer = classify(signs(batch=8, batch_cost=0.97))
    assert {"cpu_busy", "run_spread", "batch_cost"} <= answer.evidence.keys()
    assert not {"bandwidth_mb_per_second", "traffic_share", "operator_us"} & answer.evidence.keys()


def test_a_load_as_long_as_a_thousand_inferences_is_remarked() -> None:
    (remark,) = classify(signs(load_ms=12_000, run_ms=1)).remarks
    assert "loading takes 12000 ms, as long as 12,000 inferences" in remark


def test_each_class_has_remedies() -> None:
    assert all(REMEDIES[name] for name in ("compute-bound", "bandwidth-bound", "overhead-bound", "inconsistent"))


def observed(**changes: Any) -> Observed:
    rows = ((7.0, 7.1, 7.2), (7.0, 7.1, 7.1))
    known: dict[str, Any] = {
        "threads": 1,
        "weights_mb": 100.0,
        "cache_mb": 2.0,
        "cpu_ms": rows,
        "wall_ms": rows,
        "control_ms": ((1.0, 1.01, 1.02), (1.0, 1.0, 1.01)),
        "batch_scaling": (Compared(size=8, milliseconds=(11.0, 11.0), reference=(7.0, 7.0)),),
        "bandwidth": (
            Bandwidth(threads=1, mb_per_second=(9_000.0, 16_000.0)),
            Bandwidth(threads=2, mb_per_second=(1.0,)),
        ),
        "operators": (OperatorTime(operator="MatMul", calls=1, milliseconds=7.0),),
    }
    return Observed(**(known | changes))


def test_raw_observations_become_signs() -> None:
    answer = diagnose(observed())
    assert answer.kind == "bandwidth-bound"
    assert answer.evidence["traffic_mb_per_second"] == pytest.approx(100 / 7.1 * 1e3, rel=1e-3)
    assert answer.evidence["bandwidth_mb_per_second"] == 16_000
    assert answer.evidence["batch_cost"] == pytest.approx(11 / 7 / 8, rel=1e-3)


def test_on_several_threads_wall_time_and_the_bandwidth_of_as_many_threads_count() -> None:
    answer = diagnose(observed(threads=2, cpu_ms=((14.0, 14.0), (14.0, 14.0)), operators=()))
    assert answer.evidence["run_ms"] == 7.1
    assert answer.evidence["bandwidth_mb_per_second"] == 1.0


def test_one_slow_inference_in_four_shows_on_a_machine_that_delays_one_in_ten() -> None:
    row = (1.0, 1.1, 1.0, 20.0, 20.0) * 6
    busy = ((1.0, 1.01, 1.02, 1.0, 1.01, 1.0, 1.02, 1.0, 9.0, 9.0) * 3,)
    answer = diagnose(observed(wall_ms=(row,), cpu_ms=((0.1,) * 30,), control_ms=busy))
    assert answer.kind == "inconsistent"
    assert "one in 4 inferences" in answer.reason


def test_a_model_that_sleeps_every_third_time_is_inconsistent() -> None:
    row = (1.0, 1.1, 20.0) * 6
    quiet = ((1.0, 1.01, 1.02) * 6,)
    assert diagnose(observed(wall_ms=(row,), cpu_ms=((0.1,) * 18,), control_ms=quiet)).kind == "inconsistent"
