"""What is said of data before anything is made, and what is kept of it."""

from pathlib import Path

from onnx import TensorProto, helper
from PIL import Image

from edgeci.types import ClassIndex
from edgeci.workbench.project import workspace_at
from tests.stages.project_folder import CONFIG, edgeci, small_project

PICTURES = CONFIG.replace("{path: evaluation.npz}", "{path: images, classes: classes.txt}").replace(
    "  calibration: {path: calibration.npz}\n", ""
)


def picture_model() -> bytes:
    """x (n, 3, 2, 2) -> the same in a row."""
    graph = helper.make_graph(
        [helper.make_node("Flatten", ["x"], ["scores"])],
        "flat",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, 2, 2])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 12])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


def project(folder: Path) -> Path:
    small_project(folder, config=PICTURES)
    (folder / "model.onnx").write_bytes(picture_model())
    (folder / "classes.txt").write_text("ant\nbee\ncow\n")
    for name in ("ant", "cow", ".ipynb_checkpoints"):
        (folder / "images" / name).mkdir(parents=True)
        Image.new("RGB", (2, 2)).save(folder / "images" / name / "1.png")
    return folder


def test_which_class_is_which_is_said_once_and_kept(tmp_path: Path) -> None:
    project(tmp_path)
    for verb in ("assess", "plan"):
        assert edgeci(tmp_path, verb).code == 0
    said = edgeci(tmp_path, "optimize").err
    assert said.count("images: 2 classes by folder: ant = 0, cow = 2") == 1
    assert workspace_at(tmp_path / ".edgeci").read("classes", ClassIndex, "optimize") == [
        ClassIndex(source="images", name="ant", index=0),
        ClassIndex(source="images", name="cow", index=2),
    ]
