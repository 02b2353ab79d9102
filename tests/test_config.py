"""Every problem of edgeci.yaml at once, each at its line and column, with the nearest known word."""

from pathlib import Path

import pytest

from edgeci.config import Loaded, Vocabulary, load
from edgeci.errors import ConfigError

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
