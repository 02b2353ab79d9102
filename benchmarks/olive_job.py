"""Microsoft Olive's side of against_olive.py: one static int8 job on the packaged classifier.

Runs in Olive's own environment: `python olive_job.py EXAMPLE OUTPUT make|verify`. Prints one JSON line with the model
file it wrote and, for `verify`, what Olive measured.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from olive.data.registry import Registry
from olive.workflows import run

SCALE = np.float32(0.00392156862745098)
OPERATORS = ["Conv", "MatMul", "Gemm"]


class Items(torch.utils.data.Dataset):
    """Scaled images by input name, each with its label."""

    def __init__(self, path: str) -> None:
        with np.load(path) as arrays:
            self.images = arrays["image"].astype(np.float32) * SCALE
            self.labels = arrays["labels"]

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Any:
        return {"image": torch.from_numpy(self.images[index])}, int(self.labels[index])


@Registry.register_dataset("edgeci_items")
def items(path: str, **_: Any) -> Items:
    return Items(path)


@Registry.register_post_process("edgeci_top_class")
def top_class(output: Any, **_: Any) -> Any:
    scores = next(iter(output.values())) if isinstance(output, dict) else output
    return torch.as_tensor(scores).argmax(dim=-1)


def data(name: str, path: Path) -> dict[str, Any]:
    return {
        "name": name,
        "type": "DataContainer",
        "load_dataset_config": {"type": "edgeci_items", "params": {"path": str(path)}},
        "pre_process_data_config": {"type": "skip_pre_process"},
        "post_process_data_config": {"type": "edgeci_top_class"},
        "dataloader_config": {"type": "default_dataloader", "params": {"batch_size": 1}},
    }


def metrics() -> list[dict[str, Any]]:
    """Accuracy on the same items, and latency on one thread."""
    task = {"task": "multiclass", "num_classes": 10}
    session = {"session_options": {"intra_op_num_threads": 1, "inter_op_num_threads": 1}}
    return [
        {
            "name": "accuracy",
            "type": "accuracy",
            "data_config": "evaluation",
            "sub_types": [{"name": "accuracy_score", "priority": 1, "metric_config": task}],
            "user_config": {"inference_settings": {"onnx": session}},
        },
        {
            "name": "latency",
            "type": "latency",
            "data_config": "evaluation",
            "sub_types": [{"name": "avg", "priority": 2}, {"name": "p90"}],
            "user_config": {"inference_settings": {"onnx": session}},
        },
    ]


def job(example: Path, output: Path, verify: bool) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "input_model": {"type": "ONNXModel", "model_path": str(example / "model.onnx")},
        "data_configs": [
            data("evaluation", example / "evaluation.npz"),
            data("calibration", example / "calibration.npz"),
        ],
        "passes": {
            "quantize": {
                "type": "OnnxStaticQuantization",
                "data_config": "calibration",
                "op_types_to_quantize": OPERATORS,
                "per_channel": True,
                "activation_type": "uint8",
                "precision": "int8",
                "quant_format": "QDQ",
            }
        },
        "output_dir": str(output / "out"),
        "cache_dir": str(output / "cache"),
        "log_severity_level": 3,
    }
    if verify:
        whole |= {
            "evaluators": {"both": {"metrics": metrics()}},
            "evaluator": "both",
            "evaluate_input_model": True,
        }
    return whole


def main() -> None:
    example, output, mode = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    result = run(job(example, output, mode == "verify"))
    best = result.get_best_candidate()
    # Olive ends with exit code 0 even when there is no model.
    assert best is not None, "Olive made no model"
    measured = {name: entry["value"] for name, entry in (best.metrics_value or {}).items()}
    print(json.dumps({"model": str(best.model_path), "measured": measured}))


if __name__ == "__main__":
    main()
