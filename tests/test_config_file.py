"""Every problem of edgeci.yaml at once, each at its line and column, with the nearest known word."""

import os
from pathlib import Path

import pytest

from edgeci.config_file import Loaded, load
from edgeci.config_problems import Vocabulary
from edgeci.errors import ConfigError, InputRejected
from edgeci.gates.misfit import misfit
from edgeci.gates.rules import RULES

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
    configuration = loaded(tmp_path, GOOD)
    assert configuration.config.targets[0].threads == 1
    assert configuration.folder == tmp_path


def test_each_gate_knows_the_line_that_demands_it(tmp_path: Path) -> None:
    assert [gate.line for gate in loaded(tmp_path, GOOD).gates] == [8, 8, 8, 10]


def test_the_preset_judges_the_configured_metric(tmp_path: Path) -> None:
    configuration = loaded(tmp_path, GOOD + "metric: f1_macro\n")
    assert configuration.gates[0].metric == "f1_macro"


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
        (
            "preset: course",
            "preset: mlperf",
            "8:3: preset: input should be 'course', 'course-small', 'no-worse', 'mlperf-99' or 'mlperf-99.9'",
        ),
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


def test_only_a_regular_file_is_read(tmp_path: Path) -> None:
    whole, path = tmp_path / "whole.yaml", tmp_path / "edgeci.yaml"
    whole.write_text(GOOD)
    for put in (lambda: path.symlink_to(whole), lambda: path.symlink_to("/dev/zero"), lambda: os.mkfifo(path)):
        put()
        with pytest.raises(
            InputRejected, match=r"edgeci\.yaml: (a symbolic link; give the file itself|not a regular file)"
        ):
            load(path, VOCABULARY)
        path.unlink()


def test_a_file_larger_than_any_configuration_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match=r"edgeci\.yaml: 1048\d+ bytes, more than 1048576"):
        loaded(tmp_path, GOOD + "#" * 2**20)


@pytest.mark.parametrize("name", ["x" * 5000, "x\0.yaml"])
def test_a_name_that_no_file_has_is_a_configuration_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"too long|no path"):
        load(tmp_path / name, VOCABULARY)


def test_aliases_that_stand_for_gigabytes_are_rejected(tmp_path: Path) -> None:
    values = "render: {values: {a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9, 0], " + ", ".join(
        f"{key}: &{key} [{', '.join(f'*{before}' for _ in range(10))}]"
        for before, key in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(InputRejected, match="stands for more than 20000 values"):
        loaded(tmp_path, GOOD + values + "}}")


def test_a_thousand_mistakes_are_not_all_shown(tmp_path: Path) -> None:
    complaints = problems(tmp_path, GOOD + "".join(f"key{number}: 1\n" for number in range(1000)))
    assert len(complaints) == 101
    assert complaints[-1] == "edgeci.yaml: only 100 problems are shown; mend them first"


@pytest.mark.parametrize(
    "setting",
    [
        "budget: {seconds: .inf}",
        "budget: {seconds: inf}",
        "budget: {seconds: 1.0e+9}",
        "budget: {seconds: '1e999'}",
        "budget: {seconds: nan}",
        "budget: {launches: 99999999999999999999}",
        f"budget: {{seed: {'9' * 90}}}",
        "budget: {seed: -1}",
        "limits: {timeout_seconds: 1.0e+10}",
        f"limits: {{memory_mb: {'9' * 20}}}",
        f"limits: {{model_mb: {'9' * 20}}}",
        "load: {rate: .inf}",
        "load: {rate: inf}",
        "load: {rate: 1000000, seconds: 600000}",
        "load: {rate: 20, seconds: nan}",
        "soak: {seconds: inf}",
        "text: {window: 99999999999}",
        "text: {window: 7}",
        "text: {output_tokens: 99999999999}",
        "render: {values: {replicas: .nan}}",
        f"render: {{values: {{replicas: {'9' * 5000}}}}}",
        "render: {values: {1: a}}",
        "render: {values: {? [a, b] : c}}",
        f"render: {{templates: [{'x' * 5000}]}}",
        "render: {templates: ['']}",
        "backends: {../up: {}}",
        "recipes: [{backend: onnxruntime, method: ''}]",
        "recipes: [{backend: onnxruntime, method: a/b}]",
        "recipes: [{backend: onnxruntime, method: int8-static, options: {a: .inf}}]",
        "recipes: [{backend: onnxruntime, method: int8-static, options: {a: !!set {b}}}]",
        "waivers: [{rule: speed-up, metric: latency_cpu, owner: Ada, reason: slow, expires: 2026-13-45}]",
        "waivers: [{rule: speed-up, metric: latency_cpu, owner: Ada, reason: slow, expires: .nan}]",
        f"waivers: [{{rule: speed-up, metric: latency_cpu, owner: Ada, reason: slow, expires: {'9' * 50}}}]",
        "label: !!binary aGk=",
    ],
)
def test_what_no_machine_can_do_is_one_problem_at_its_line(setting: str, tmp_path: Path) -> None:
    [problem] = problems(tmp_path, GOOD + setting)
    assert problem.startswith("edgeci.yaml:11:")
    assert len(problem) < 300


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("model.onnx", "''"),
        ("model.onnx", '"a\\0b"'),
        ("model.onnx", '"\\ud800"'),
        ("model.onnx", "x" * 256),
        ("model.onnx", "x/" * 2500),
        ("evaluation.npz", "''"),
        ("evaluation.npz", '"a\\0b"'),
        ("evaluation.npz", "x" * 256),
        ("evaluation.npz", "e.npz, scale: inf"),
        ("evaluation.npz", "e.npz, scale: 1.0e+300"),
        ("evaluation.npz", "e.npz, mean: [nan]"),
        ("evaluation.npz", "e.npz, std: [0]"),
        ("evaluation.npz", "e.npz, std: [-.inf]"),
        ("evaluation.npz", "images, resize: [0, 5]"),
        ("evaluation.npz", "images, resize: [9999999, 9999999]"),
        ("evaluation.npz", f"e.npz, limit: {'9' * 90}"),
        ("name: laptop", "name: ''"),
        ("name: laptop", "name: ../up"),
        ("name: laptop", "name: .hidden"),
        ("name: laptop", f"name: {'x' * 64}"),
        ("name: laptop", 'name: "a\\0b"'),
        ("name: laptop", "name: 2026-01-01T00:00:00Z"),
        ("[onnxruntime]", "[]"),
        ("[onnxruntime]", "[onnxruntime]\n    threads: 99999999999"),
        ("[onnxruntime]", "[onnxruntime]\n    watts_per_core: inf"),
        ("[onnxruntime]", f"[onnxruntime]\n    memory_mb: {'9' * 30}"),
        ("limit: 0.05", "limit: nan"),
        ("limit: 0.05", "limit: '1e999'"),
        ("limit: 0.05", f"limit: {'9' * 5000}"),
        ("limit: 0.05", f"limit: 0.05, slice_items: {'9' * 90}"),
        ("rule: regression", f"rule: {'x' * 5000}"),
        ("metric: latency_cpu", f"metric: {'x' * 5000}"),
    ],
)
def test_a_value_beyond_its_bounds_is_a_problem_and_no_defect(old: str, new: str, tmp_path: Path) -> None:
    assert GOOD.count(old) == 1
    complaints = problems(tmp_path, GOOD.replace(old, new))
    assert all(problem.startswith("edgeci.yaml:") for problem in complaints)
    assert len("".join(complaints)) < 600


@pytest.mark.parametrize(
    ("metric", "rule", "limit"), [("cer", "drop", 0.05), ("mae", "retained", 0.95), ("mean_iou", "retained", 0.95)]
)
def test_a_preset_lets_an_error_rate_lose_points(metric: str, rule: str, limit: float, tmp_path: Path) -> None:
    gate = loaded(tmp_path, f"{GOOD}metric: {metric}\n").gates[0]
    assert (gate.metric, gate.rule, gate.limit) == (metric, rule, limit)
