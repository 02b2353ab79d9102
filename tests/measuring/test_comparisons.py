"""Metrics that compare a candidate's whole outputs with the baseline's, on a real model."""

import json
from pathlib import Path

import pytest

from tests.stages.project_folder import edgeci, example_project

pytestmark = pytest.mark.alone

CONFIG = """\
model: model.onnx
data:
  evaluation: {path: evaluation.npz, scale: 0.00392156862745098, limit: 100}
  calibration: {path: calibration.npz, scale: 0.00392156862745098}
metric: METRIC
targets:
  - name: cpu
    backends: [onnxruntime]
propose: false
recipes:
  - {backend: onnxruntime, method: int8-static}
gates:
  rules:
    - {rule: at-most, metric: METRIC, limit: LIMIT}
budget: {seconds: 1}
"""


@pytest.mark.parametrize(
    ("metric", "limit"),
    [("cosine_distance", 0.01), pytest.param("kl_divergence", 0.05, marks=pytest.mark.slow)],
)
def test_a_candidate_is_gated_on_its_distance_from_the_baseline(tmp_path: Path, metric: str, limit: float) -> None:
    example_project(tmp_path)
    (tmp_path / "edgeci.yaml").write_text(CONFIG.replace("METRIC", metric).replace("LIMIT", str(limit)))
    done = edgeci(tmp_path, "run")
    assert done.code == 0, done.err
    records = json.loads((tmp_path / ".edgeci" / "measurements.json").read_text())["records"]
    distances = {
        record["candidate"].rsplit("-", 1)[0]: record["samples"] for record in records if record["metric"] == metric
    }
    assert len(distances["onnxruntime-int8-static"]) == 100
    assert max(distances["onnxruntime-as-is"]) < 1e-6 < max(distances["onnxruntime-int8-static"])
