"""Every problem of edgeci.yaml at once, each at its line and column, with the nearest known word."""

from pathlib import Path

import pytest

from edgeci.config_file import Loaded, load
from edgeci.config_problems import Vocabulary
from edgeci.errors import ConfigError
from edgeci.gates.judge import RULES, misfit

VOCABULARY = Vocabulary(
    ["onnxruntime", "openvino"], ["speed-up", "retained", "reduction", "regression"], ["kubernetes", "compose"]
)
GOOD = """\
model: model.onnx
data:
  evaluation: {path: evaluation.npz}
targets:
  - name: laptop
    backends: [onnxruntime]
gates:
  preset: course
  rules:
    - {rule: regression, metric: latency_cpu, limit: 0.05}
"""


def loaded(folder: Path, text: str) -> Loaded:
    path = folder / "edgeci.yaml"
    path.write_text(text)
    return load(path, VOCABULARY)


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        loaded(folder, text)
    return [line.removeprefix(f"{folder}/") for line in str(raised.value).splitlines()]


def test_a_good_file_is_read(tmp_path: Path) -> None:
    found = loaded(tmp_path, GOOD)
    assert found.config.targets[0].threads == 1
    assert found.folder == tmp_path


def test_each_gate_knows_the_line_that_demands_it(tmp_path: Path) -> None:
    assert [gate.line for gate in loaded(tmp_path, GOOD).gates] == [8, 8, 8, 10]


def test_the_preset_judges_the_configured_metric(tmp_path: Path) -> None:
    found = loaded(tmp_path, GOOD + "metric: f1_macro\n")
    assert found.gates[0].metric == "f1_macro"


def test_a_target_with_threads_is_judged_on_wall_time(tmp_path: Path) -> None:
    text = GOOD.replace("backends: [onnxruntime]", "threads: 2")
    assert [gate.metric for gate in loaded(tmp_path, text).gates if gate.rule == "speed-up"] == ["latency_wall"]


def test_all_problems_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = GOOD.replace("model:", "modell:").replace("path:", "pth:").replace("limit: 0.05", "limit: fast")
    assert problems(tmp_path, text) == [
        "edgeci.yaml:1:1: 'model' is missing",
        "edgeci.yaml:1:1: unknown key 'modell'; did you mean 'model'?",
        "edgeci.yaml:3:16: unknown key 'pth'; did you mean 'path'?",
        "edgeci.yaml:10:47: limit: input should be a valid number, unable to parse string as a number",
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("onnxruntime", "onxruntime", "6:16: unknown backend 'onxruntime'; did you mean 'onnxruntime'?"),
        ("rule: regression", "rule: regresion", "10:8: unknown rule 'regresion'; did you mean 'regression'?"),
        ("latency_cpu", "latency", "unknown metric 'latency'"),
        ("preset: course", "preset: mlperf", "8:3: preset: input should be 'course', 'mlperf-99' or 'mlperf-99.9'"),
        ("name: laptop", "name: 'a b'", "5:5: name: string should match pattern"),
        ("model: model.onnx", "model: model.onnx\nmetric: accurcy", "2:1: unknown metric 'accurcy'; did you mean"),
        ("{path: evaluation.npz}", "{}", "3:3: give either `path` or `python`"),
        ("limit: 0.05", "limit: 0.05, target: phone", "unknown target 'phone'; known: laptop"),
        ("model: model.onnx", "model: model.onnx\nrender: {templates: [kubernets]}", "did you mean 'kubernetes'?"),
        ("model: model.onnx", "model: a\nmodel: b", "2:1: 'model' is given twice (first in line 1)"),
        ("model: model.onnx", "model: [", "not YAML"),
    ],
)
def test_each_problem_names_its_place_and_remedy(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert message in "\n".join(problems(tmp_path, GOOD.replace(old, new)))


def test_two_targets_of_one_name_are_refused(tmp_path: Path) -> None:
    text = GOOD.replace("gates:", "  - name: laptop\ngates:")
    assert problems(tmp_path, text) == ["edgeci.yaml:7:5: target 'laptop' is given twice"]


def test_a_configuration_that_demands_nothing_is_refused(tmp_path: Path) -> None:
    text = GOOD[: GOOD.index("gates:")] + "gates: {}\n"
    assert problems(tmp_path, text) == ["edgeci.yaml:7:1: no gate is demanded; give a preset or rules"]


@pytest.mark.parametrize("content", ["", "- a\n- b\n", "just text", "!!python/object/apply:os.system ['true']"])
def test_what_is_no_mapping_is_refused(tmp_path: Path, content: str) -> None:
    assert problems(tmp_path, content)[0].startswith("edgeci.yaml:1:1: ")


def test_a_missing_file_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not there; `edgeci init MODEL` writes one"):
        load(tmp_path / "edgeci.yaml", VOCABULARY)


WAIVED = (
    GOOD
    + """\
waivers:
  - {rule: speed-up, metric: latency_cpu, owner: Ada, reason: a faster board is coming, expires: 2999-12-31}
"""
)


def test_a_waiver_knows_its_owner_and_its_last_day(tmp_path: Path) -> None:
    [waiver] = loaded(tmp_path, WAIVED).config.waivers
    assert waiver.sentence == "waived by Ada until 2999-12-31: a faster board is coming"


def test_an_expired_waiver_is_an_error_at_its_line(tmp_path: Path) -> None:
    [problem] = problems(tmp_path, WAIVED.replace("2999-12-31", "2026-01-31"))
    assert problem.startswith("edgeci.yaml:12:")
    assert "the waiver of latency_cpu speed-up by Ada expired on 2026-01-31" in problem


@pytest.mark.parametrize(
    ("old", "new"),
    [("rule: speed-up", "rule: stable"), ("metric: latency_cpu, owner", "metric: size, owner")],
)
def test_a_waiver_of_what_nobody_demands_is_an_error(tmp_path: Path, old: str, new: str) -> None:
    [problem] = problems(tmp_path, WAIVED.replace(old, new))
    assert problem.startswith("edgeci.yaml:12:5: ") and "matches no gate" in problem


@pytest.mark.parametrize("expires", ["soon", "31.12.2999", "''"])
def test_a_waiver_must_end_on_a_day(tmp_path: Path, expires: str) -> None:
    assert "expires" in problems(tmp_path, WAIVED.replace("2999-12-31", expires))[0]


def test_a_waiver_without_owner_or_reason_is_refused(tmp_path: Path) -> None:
    text = WAIVED.replace("owner: Ada, ", "").replace("reason: a faster board is coming", "reason: ''")
    assert len(problems(tmp_path, text)) == 2


def test_a_rule_that_does_not_go_with_its_metric_is_an_error_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "edgeci.yaml"
    path.write_text(GOOD.replace("rule: regression, metric: latency_cpu", "rule: retained, metric: size"))
    with pytest.raises(ConfigError, match=r"edgeci.yaml:10:8: rule 'retained' does not go with size"):
        load(path, Vocabulary(["onnxruntime"], RULES, ["kubernetes", "compose"], misfit))


def test_a_preset_that_does_not_go_with_the_metric_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "edgeci.yaml"
    path.write_text(GOOD + "metric: kl_divergence\n")
    with pytest.raises(ConfigError, match=r"edgeci.yaml:8:3: .*leave the preset out and give own rules"):
        load(path, Vocabulary(["onnxruntime"], RULES, ["kubernetes", "compose"], misfit))
