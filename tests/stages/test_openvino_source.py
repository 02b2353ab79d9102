"""An OpenVINO IR as the model: assessed, taken in under another name, and optimized, through the command line."""

from pathlib import Path

import pytest

from tests.stages.project_folder import EXAMPLE, edgeci

CONFIG = """\
model: digits.xml
data:
  evaluation: {{path: {evaluation}, limit: 70, scale: 0.00392156862745098}}
targets:
  - name: cpu
    backends: [openvino]
propose: false
"""


@pytest.mark.slow
def test_an_ir_goes_as_far_as_its_baseline(tmp_path: Path) -> None:
    import openvino

    model = openvino.convert_model(EXAMPLE / "model.onnx")
    openvino.save_model(model, tmp_path / "digits.xml", compress_to_fp16=False)
    (tmp_path / "edgeci.yaml").write_text(CONFIG.format(evaluation=EXAMPLE / "evaluation.npz"))
    done = edgeci(tmp_path, "assess", "--json")
    assert done.code == 0, done.err
    assessment = done.records[0]
    assert (assessment["model"]["format"], assessment["model"]["external"]) == ("openvino_ir", ["digits.bin"])
    assert assessment["inputs"] == [{"name": "image", "dtype": "float32", "shape": [None, 1, 28, 28]}]
    assert [edgeci(tmp_path, verb).code for verb in ("plan", "optimize")] == [0, 0]
    assert {path.name for path in (tmp_path / ".edgeci/model").iterdir()} == {"model.xml", "model.bin"}
    assert "float32 100%" in edgeci(tmp_path, "optimize", "--json").records[0]["precision"]
