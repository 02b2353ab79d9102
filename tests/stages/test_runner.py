"""What the runner check concludes from traces, and one real check of this machine."""

import json
import math
import random

import pytest

from edgeci.config import Budget
from edgeci.errors import ConfigError
from edgeci.hardware.facts import facts
from edgeci.hardware.fingerprint import fingerprint
from edgeci.measuring.passport import (
    USUAL,
    dealt,
    decisions,
    derive,
    last_look,
    objections,
    refuse_unresolvable,
    resolution,
)
from edgeci.measuring.sampling import Trace
from edgeci.stages.runner import ROUNDS
from edgeci.statistics.intervals import LOOKS
from edgeci.types import Fact, Gate, Passport
from edgeci.work.timing import Block
from edgeci.workbench.project import open_project, workspace_at
from tests.stages.project_folder import CONFIG, edgeci, small_project

pytestmark = pytest.mark.alone

REGRESSION = """\
    - {rule: regression, metric: latency_cpu, limit: 0.02}
"""


def trace(ratio: float, noise: float = 0.02, seed: int = 0, waits: float = 1.0, seconds: float = 3.0) -> Trace:
    """One launch in which the candidate takes `ratio` times as long."""
    dice, made = random.Random(seed), Trace()
    for _ in range(ROUNDS):
        theirs, ours = (math.exp(dice.gauss(0, noise)) for _ in range(2))
        made.add(*(Block(cpu_ns=(cost * 1e6,), wall_ns=(waits * cost * 1e6,), scheduling="fifo")
                   for cost in (theirs, ratio * ours)))  # fmt: skip
    made.seconds = seconds
    return made


def traces(ratio: float, count: int = 5, **changes: float) -> list[Trace]:
    return [trace(ratio, seed=seed, **changes) for seed in range(count)]


def passport(**changes: object) -> Passport:
    return derive(traces(1.0), traces(1.1), Budget(), facts()).model_copy(update=changes)


def gate(limit: float, metric: str = "latency_cpu", rule: str = "regression") -> Gate:
    return Gate(rule=rule, metric=metric, limit=limit, line=12)


def test_a_quiet_runner_passes_twins_and_catches_ten_percent():
    quiet = passport()
    assert quiet.decisions >= 10
    assert quiet.false_alarms == 0
    assert quiet.detected == quiet.slower_decisions >= 5
    assert quiet.slower_by == pytest.approx(0.10, abs=0.01)
    assert quiet.resolution_cpu < 0.02
    assert not list(objections(quiet, [USUAL]))


def test_pairs_are_dealt_from_every_launch_in_turn():
    first, second = trace(1.0, noise=0), trace(2.0, noise=0)
    assert dealt([first, second], "cpu")[:4] == pytest.approx([0, math.log(2), 0, math.log(2)])


def test_no_pair_is_used_by_two_decisions():
    assert list(decisions([0.0] * (3 * LOOKS[0]), 0.05)) == ["passed"] * 3


def test_pairs_that_are_left_over_decide_nothing_when_they_are_few():
    assert list(decisions([0.0] * (LOOKS[0] + 5), 0.05)) == ["passed"]


def test_a_runner_too_noisy_to_decide_says_inconclusive():
    dice = random.Random(0)
    assert list(decisions([dice.gauss(0.05, 0.3) for _ in range(30)], 0.05)) == ["inconclusive"]


def test_the_resolution_shrinks_with_pairs_and_grows_with_noise():
    quiet, loud = (dealt(traces(1.0, noise=noise), "cpu") for noise in (0.01, 0.04))
    assert resolution(quiet, 5) < resolution(quiet, 2) < resolution(loud, 2)


def test_the_resolution_is_what_its_formula_says():
    smallest = resolution([-0.03, -0.01, 0.0, 0.01, 0.03], 3)  # n 40, MAD 0.01; alpha 0.02 / 20
    assert smallest == pytest.approx(math.exp((3.2905 + 1.6449) * 1.25331 * 0.014826 / math.sqrt(40)) - 1, rel=1e-4)


def test_a_change_as_large_as_the_resolution_is_told_apart_as_promised():
    """An equal candidate must pass a limit as high as the resolution in about 95 % of the cases."""
    look, noise, dice = 4, 0.05, random.Random(1)
    finest = resolution([dice.gauss(0, noise) for _ in range(4000)], look)
    passed = [list(decisions([dice.gauss(0, noise) for _ in range(LOOKS[look])], finest))[:1] for _ in range(300)]
    assert passed.count(["passed"]) >= 0.9 * 300
    assert passed.count(["failed"]) == 0


def test_slow_launches_leave_fewer_looks():
    quick, slow = traces(1.0, seconds=2.0), traces(1.0, seconds=12.0)
    assert last_look(slow, Budget(seconds=30)) < last_look(quick, Budget(seconds=30))
    assert last_look(slow, Budget(seconds=0.1)) == 0, "the first look is always taken"


def test_a_limit_below_the_resolution_is_an_objection_with_both_numbers():
    (objection,) = objections(passport(resolution_cpu=0.043), [gate(0.02)])
    assert objection[0] == gate(0.02)
    assert "limit 2.0% is below what this runner can tell from noise, 4.3%" in objection[1]


def test_gates_that_this_runner_resolves_are_no_objection():
    sharp = passport(resolution_cpu=0.043, resolution_wall=0.2)
    assert not list(objections(sharp, [gate(0.05), gate(2.0, rule="speed-up"), gate(0.01, "accuracy")]))


def test_a_busy_runner_cannot_serve_gates_on_wall_time():
    busy = passport(contention=1.8)
    ((_, reason),) = objections(busy, [gate(0.5, "latency_wall")])
    assert "1.80x CPU time" in reason


def test_false_alarms_make_a_runner_unusable_whatever_the_gates():
    ((which, reason),) = objections(passport(decisions=40, false_alarms=6), [])
    assert which is None
    assert "6 of 40" in reason


def test_the_fingerprint_knows_a_machine_but_not_its_mood():
    known = [Fact(name="cpu", value="A", source=""), Fact(name="cpu_pressure_percent", value=3.0, source="")]
    mood = [known[0], Fact(name="cpu_pressure_percent", value=80.0, source="")]
    other = [Fact(name="cpu", value="B", source=""), known[1]]
    assert fingerprint(known) == fingerprint(mood) != fingerprint(other)


def project(folder, kept: Passport, said: list[str]):
    config = small_project(folder, config=CONFIG.replace("    - {rule: speed-up", REGRESSION + "    - {rule: speed-up"))
    workspace_at(folder / ".edgeci").write("passport", [kept], Passport)
    return open_project(config / "edgeci.yaml", folder / ".edgeci", said.append)


def test_this_machines_passport_refuses_a_limit_it_cannot_resolve(tmp_path):
    coarse = passport(resolution_cpu=0.03)
    with pytest.raises(ConfigError, match=r"edgeci\.yaml:\d+: .*limit 2\.0% is below .* 3\.0%"):
        refuse_unresolvable(project(tmp_path / "project", coarse, []))


def test_another_machines_passport_is_ignored_and_that_is_said(tmp_path):
    said: list[str] = []
    refuse_unresolvable(project(tmp_path / "project", passport(resolution_cpu=0.03, fingerprint="other"), said))
    assert any("another machine's" in line for line in said)


def test_without_a_passport_nothing_is_refused(tmp_path):
    folder = small_project(tmp_path / "project")
    refuse_unresolvable(open_project(folder / "edgeci.yaml", folder / ".edgeci", print))


@pytest.mark.slow
def test_a_real_check_writes_a_passport_that_knows_this_machine(tmp_path):
    done = edgeci(tmp_path, "runner", "check", "--seconds", "10", "--json")
    assert done.code in (0, 3), done.err
    (record,) = done.records
    assert record == json.loads((tmp_path / ".edgeci/passport.json").read_text())["records"][0]
    assert record["fingerprint"] == fingerprint(facts())
    assert 0.05 < record["slower_by"] < 0.16
    assert 0 < record["resolution_cpu"] < 1


def test_a_wrong_configuration_is_an_error_before_anything_is_timed(tmp_path):
    (tmp_path / "edgeci.yaml").write_text("model: 1\n")
    assert edgeci(tmp_path, "runner", "check").code == 2
