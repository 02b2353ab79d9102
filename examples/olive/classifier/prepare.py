"""Copy the packaged classifier and its data: python examples/olive/classifier/prepare.py FOLDER"""

import shutil
import sys
from importlib.resources import files
from pathlib import Path

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("model.onnx", "evaluation.npz", "calibration.npz"):
        shutil.copyfile(str(files("edgeci") / "quickstart" / name), folder / name)
    shutil.copyfile(Path(__file__).with_name("edgeci.yaml"), folder / "edgeci.yaml")
