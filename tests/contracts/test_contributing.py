"""The worked examples in CONTRIBUTING.md work as they stand there."""

import os
import re
from pathlib import Path

import pytest

from edgeci.types import Candidate, Measurement, Verdict
from edgeci.workbench.project import workspace_at
from tests.contracts.edited_copy import EXAMPLES, edited_copy, python, search_path
from tests.stages.project_folder import edgeci, measured, small_project

JUDGED_BY_THE_EXAMPLE = """\
model: model.onnx
metric: cohen_kappa
data:
  evaluation: {path: evaluation.npz}
targets:
  - {name: cpu, backends: [faulty]}
propose: false
gates:
  rules:
    - {rule: retained, metric: cohen_kappa, limit: 0.8}
render: {templates: [systemd], values: {memory_mb: 256}}
budget: {seconds: 1}
"""


COUNTING = """\
model: model.onnx
kind: counting
data:
  evaluation: {path: lines.txt}
targets:
  - {name: cpu, backends: [counter]}
gates:
  rules:
    - {rule: retained, metric: accuracy, limit: 0.9}
    - {rule: flips, metric: accuracy, limit: 0.1}
budget: {seconds: 1}
"""


def install(folder: Path) -> None:
    """What pip would leave of a package with the example backend and its entry point."""
    leave(folder, "edgeci_reference", EXAMPLES["backend"], EXAMPLES["backend entry point"])


def leave(folder: Path, name: str, module: str, entry_points: str) -> None:
    """What pip would leave of a package with one module."""
    (folder / f"{name}.py").write_text(module)
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir(parents=True)
    title = name.replace("_", "-")
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {title}\nVersion: 1.0\n")
    plain = re.sub(r'\[project\.entry-points\."(.+)"\]', r"[\1]", entry_points).replace('"', "")
    (metadata / "entry_points.txt").write_text(plain)


def test_the_example_backend_makes_and_runs_its_candidates(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    install(packages)
    project = small_project(tmp_path / "project")
    config = project / "edgeci.yaml"
    config.write_text(config.read_text().replace("[faulty]", "[reference]").replace("propose: false", "propose: true"))
    search = os.pathsep.join([str(packages), os.environ["PYTHONPATH"]])
    done = edgeci(project, "run", "--json", PYTHONPATH=search)
    assert done.code == 1, done.err  # nobody is 1000 times faster
    workspace = workspace_at(project / ".edgeci")
    made = workspace.read("candidates", Candidate, "optimize")
    assert [candidate.recipe.method for candidate in made] == ["as-is", "rounded"]
    measurements = workspace.read("measurements", Measurement, "benchmark")
    assert [bool(each.samples) for each in measurements if each.metric == "accuracy"] == [True, True]


def test_the_example_kind_goes_the_whole_way_and_nothing_else_is_changed(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    leave(packages, "edgeci_counting", EXAMPLES["kind"], EXAMPLES["kind entry points"])
    project = small_project(tmp_path / "project", config=COUNTING)
    lines = ["".join("ab c"[(row * 7 + place) % 4] for place in range(row % 23)) + f"x{row}" for row in range(120)]
    (project / "lines.txt").write_text("\n".join(lines))
    search = os.pathsep.join([str(packages), os.environ["PYTHONPATH"]])
    done = edgeci(project, "run", PYTHONPATH=search)
    assert done.code == 0, done.err
    assert "% of the counts are the same" in done.err
    results = measured(project)
    assert ("counter-as-is", "latency_cpu") in results and ("counter-up-to-nine", "peak_memory") in results
    verdicts = workspace_at(project / ".edgeci").read("verdicts", Verdict, "gate")
    by_method = {(each.candidate.rsplit("-", 1)[0], each.gate.rule): each.outcome for each in verdicts}
    assert by_method["counter-as-is", "retained"] == "passed"
    assert by_method["counter-up-to-nine", "flips"] == "failed", "it cannot count beyond nine"
    assert (project / ".edgeci" / "release" / "cpu" / "checksums.txt").exists()
    assert edgeci(project, "verify", ".edgeci/release/cpu", PYTHONPATH=search).code == 0
    listed = edgeci(project, "backend", "list", PYTHONPATH=search).out
    assert ["counter", "counting", "here"] in [line.split()[:3] for line in listed.splitlines()]


def test_a_kind_that_is_not_installed_is_a_mistake_with_its_line(tmp_path: Path) -> None:
    project = small_project(tmp_path, config=COUNTING.replace("counter", "faulty").replace("counting", "tensor"))
    done = edgeci(project, "assess")
    assert done.code == 2
    assert "edgeci.yaml:2:1: unknown kind 'tensor'; did you mean 'tensors'?" in done.err


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source tree with every example in its place."""
    return edited_copy(tmp_path_factory.mktemp("copy"))


@pytest.fixture(scope="module")
def released(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that is judged by the example metric and rendered by the example template."""
    project = small_project(tmp_path_factory.mktemp("project"), config=JUDGED_BY_THE_EXAMPLE)
    done = edgeci(project, "run", PYTHONPATH=search_path(copy))
    assert done.code == 0, done.err
    return project


OUTCOMES = """\
from edgeci.gates.judge import judge
from tests.gates.builders import gate, measurement

for sizes in ([10.0, 10.1], [12.0, 12.0], [10.0, 12.0]):
    size = measurement("size", sizes, [10.0, 10.0])
    print(judge(gate("unchanged", "size", 0.05), size.candidate, size.target, [size]).outcome)
"""


def test_the_example_rule_has_three_outcomes(copy: Path) -> None:
    assert python(copy, "-c", OUTCOMES).split() == ["passed", "failed", "inconclusive"]


def test_the_example_metric_is_what_scikit_learn_says(copy: Path) -> None:
    from sklearn.metrics import cohen_kappa_score

    labels, predictions = [0, 0, 1, 1, 2, 2, 2], [0, 1, 1, 1, 2, 0, 2]
    code = "from edgeci.statistics.estimates import class_metric\n"
    code += f"print(class_metric('cohen_kappa', {predictions}, {labels}))"
    assert float(python(copy, "-c", code)) == pytest.approx(cohen_kappa_score(labels, predictions))


def test_the_example_metric_is_measured_and_gated(released: Path) -> None:
    assert measured(released)["faulty-as-is", "cohen_kappa"]["samples"]
    verdicts = workspace_at(released / ".edgeci").read("verdicts", Verdict, "gate")
    assert [(each.gate.metric, each.outcome) for each in verdicts] == [("cohen_kappa", "passed")]


def test_the_example_rule_and_metric_get_their_rows_in_the_reference(copy: Path) -> None:
    python(copy, "-m", "tools.reference_pages")
    page = (copy / "docs" / "configuration.md").read_text()
    assert "| `cohen_kappa` | coefficient | higher | class |" in page
    assert "| `unchanged` | Neither more nor less than the baseline" in page


def test_the_example_template_renders(copy: Path, released: Path) -> None:
    assert edgeci(released, "render", PYTHONPATH=search_path(copy)).code == 0
    written = released / ".edgeci" / "manifests" / "cpu" / "systemd" / "model.env.yaml"
    assert written.read_text().startswith('MODEL_PATH: "')
