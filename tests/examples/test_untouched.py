"""What `init` writes for the OCR and tabular examples runs as it stands, and comes to what docs/examples.md says."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.stages.project_folder import Done, edgeci

EXAMPLES = Path(__file__).parents[2] / "examples"
pytestmark = pytest.mark.slow


def prepared(example: str, package: str, folder: Path) -> Path:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not there; docs/examples.md says how to get it")
    subprocess.run([sys.executable, EXAMPLES / example / "prepare.py", folder], check=True)
    return folder


def begun(folder: Path) -> dict[str, Any]:
    """The configuration that `init` writes."""
    assert edgeci(folder, "init", "model.onnx").code == 0
    content: dict[str, Any] = yaml.safe_load((folder / "edgeci.yaml").read_text(encoding="utf-8"))
    return content


def verdicts(folder: Path, metric: str) -> dict[str, dict[str, Any]]:
    judged = edgeci(folder, "gate", "--json").records
    return {each["candidate"]: each for each in judged if each["gate"]["metric"] == metric}


def run(folder: Path) -> Done:
    done = edgeci(folder, "run")
    assert done.code in (0, 1, 3), done.err
    return done


def test_the_segmenter_keeps_its_masks_in_a_third_of_the_size(tmp_path: Path) -> None:
    folder = prepared("ocr", "rapidocr_onnxruntime", tmp_path) / "finder"
    content = begun(folder)
    assert (content["metric"], content["threshold"], content["gates"]["preset"]) == ("mean_iou", 0.5, "course-small")
    run(folder)
    kept, size = (verdicts(folder, metric) for metric in ("mean_iou", "size"))
    static = next(name for name in kept if "int8-static" in name)
    assert kept[static]["outcome"] == size[static]["outcome"] == "passed"


def test_the_recognizer_reads_what_was_drawn(tmp_path: Path) -> None:
    folder = prepared("ocr", "rapidocr_onnxruntime", tmp_path) / "reader"
    content = begun(folder)
    assert (content["metric"], content["sequence"]) == ("cer", {"symbols": "symbols.txt"})
    config = (folder / "edgeci.yaml").read_text(encoding="utf-8").replace("propose: true", "propose: false")
    (folder / "edgeci.yaml").write_text(f"{config}\nrecipes: [{{backend: onnxruntime, method: int8-static}}]\n")
    run(folder)
    lost = verdicts(folder, "cer")
    static = next(name for name in lost if "int8-static" in name)
    assert lost[static]["outcome"] == "passed" and 0 < lost[static]["value"] < 0.03


def test_the_pipeline_keeps_its_accuracy_in_a_quarter_of_the_size(tmp_path: Path) -> None:
    folder = prepared("tabular", "skl2onnx", tmp_path)
    assert begun(folder)["data"]["evaluation"]["path"] == "evaluation.csv"
    run(folder)
    kept, size = (verdicts(folder, metric) for metric in ("accuracy", "size"))
    for method in ("int8-static", "int8-dynamic", "int4"):
        made = next(name for name in kept if method in name)
        assert size[made]["outcome"] == "passed" and kept[made]["value"] > 0.98
