"""Prepare the tabular example: a scikit-learn pipeline on a table, exported to ONNX.

    pip install 'edgeci[onnxruntime]' scikit-learn skl2onnx
    python examples/tabular/prepare.py tabular-example
    cd tabular-example && edgeci init model.onnx && edgeci run

The table is scikit-learn's own copy of the Wisconsin breast cancer data (569 rows, 30 columns); a perceptron on scaled
columns learns one half and is judged on the other.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

CALIBRATION = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    table = load_breast_cancer()
    names = [name.replace(" ", "_") for name in table.feature_names]
    train, rest, train_labels, labels = train_test_split(table.data, table.target, test_size=0.6, random_state=0)
    pipeline = make_pipeline(StandardScaler(), MLPClassifier((512, 512), max_iter=300, random_state=0))
    pipeline.fit(train.astype(np.float32), train_labels)
    exported = convert_sklearn(pipeline, initial_types=[("columns", FloatTensorType([None, len(names)]))])
    (folder / "model.onnx").write_bytes(exported.SerializeToString())
    write(folder / "evaluation.csv", [*names, "labels"], np.column_stack((rest, labels))[CALIBRATION:])
    write(folder / "calibration.csv", names, rest[:CALIBRATION])
    print(f"{folder}: model.onnx, evaluation.csv, calibration.csv")


def write(path: Path, header: list[str], rows: np.ndarray) -> None:
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows([f"{value:g}" for value in row] for row in rows)


if __name__ == "__main__":
    main()
