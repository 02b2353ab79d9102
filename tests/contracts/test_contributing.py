"""The worked examples in CONTRIBUTING.md work as they stand there."""

import os
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from edgeci.gates.judge import judge
from edgeci.gates.rules import RULES, Rule
from edgeci.metrics import METRICS, Metric
from edgeci.rendering.catalogue import template_names
from edgeci.stages.render import render
from edgeci.types import Candidate, Measurement
from edgeci.workbench.project import workspace_at
from tests.gates.builders import gate, measurement
from tests.stages.builders import scene
from tests.stages.project_folder import edgeci, small_project

TEXT = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text()
EXAMPLE = re.compile(r"^<!-- example: (.+?) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = dict(EXAMPLE.findall(TEXT))


def install(folder: Path) -> None:
    """What pip would leave of a package with the example backend and its entry point."""
    (folder / "edgeci_reference.py").write_text(EXAMPLES["backend"])
    metadata = folder / "edgeci_reference-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: edgeci-reference\nVersion: 1.0\n")
    _, line = EXAMPLES["backend entry point"].strip().splitlines()
    (metadata / "entry_points.txt").write_text("[edgeci.backends]\n" + line.replace('"', "") + "\n")


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
    measured = workspace.read("measurements", Measurement, "benchmark")
    assert [bool(each.samples) for each in measured if each.metric == "accuracy"] == [True, True]


@pytest.mark.parametrize(
    ("sizes", "outcome"), [([10.0, 10.1], "passed"), ([12.0, 12.0], "failed"), ([10.0, 12.0], "inconclusive")]
)
def test_the_example_rule_has_three_outcomes(sizes: list[float], outcome: str, monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, Any] = {}
    exec(EXAMPLES["rule"], names)
    row = eval(EXAMPLES["rule row"], {"Rule": Rule, "unchanged": SimpleNamespace(**names)})
    monkeypatch.setitem(RULES, row.name, row)
    measured = measurement("size", sizes, [10.0, 10.0])
    verdict = judge(gate("unchanged", "size", 0.05), measured.candidate, measured.target, [measured])
    assert verdict.outcome == outcome, verdict.reason


def test_the_example_metric_is_one_and_its_definition_exists() -> None:
    from sklearn import metrics

    example = eval(EXAMPLES["metric"], {"Metric": Metric})
    assert example.name not in METRICS
    assert '`"cohen_kappa": metrics.cohen_kappa_score`' in TEXT
    assert metrics.cohen_kappa_score([0, 1, 1], [0, 1, 1]) == 1


def test_the_example_template_renders(tmp_path: Path) -> None:
    [name] = [name for name in EXAMPLES if name.startswith("template ")]
    path = Path(name.removeprefix("template "))
    made = scene(tmp_path)
    folder = made.loaded.folder / "templates" / "example"
    folder.mkdir(parents=True)
    (folder / path.name).write_text(EXAMPLES[name])
    assert "example" in template_names(made.loaded.folder)
    settings = made.loaded.config.render.model_copy(update={"templates": ("example",)})
    config = made.loaded.config.model_copy(update={"render": settings})
    loaded = type(made.loaded)(config, made.loaded.path, made.loaded.marks)
    [written] = render(made.workspace, loaded, made.release(), print)
    assert written.name == path.name.removesuffix(".j2")
    assert 'MODEL_PATH: "' in written.read_text()
