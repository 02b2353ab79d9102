"""A run configuration with all that is edgeci's to decide: the model, the machine, the folders, the data."""

from copy import deepcopy
from pathlib import Path

from edgeci.backends.olive.agreement import agreement
from edgeci.backends.olive.items import calibration, write_items
from edgeci.backends.options import Values
from edgeci.evaluation.samples import Samples

HERE = {
    "type": "LocalSystem",
    "accelerators": [{"device": "cpu", "execution_providers": ["CPUExecutionProvider"]}],
}


def whole_config(source: Path, wanted: Values, samples: Samples | None, scratch: Path) -> Values:
    """A run on this machine's CPU that writes only in `scratch`, with the calibration data under that name."""
    config: Values = {
        "data_configs": [],
        **deepcopy(wanted),
        "input_model": {"type": "ONNXModel", "model_path": str(source)},
        "systems": {"here": deepcopy(HERE)},
        "target": "here",
        "evaluate_input_model": False,
        "output_dir": str(scratch / "output"),
        "cache_dir": str(scratch / "cache"),
        "log_severity_level": 2,
    }
    if samples is not None:
        items = write_items(samples, source, scratch / "items.npz")
        config["data_configs"] = [*config["data_configs"], calibration(items)]
        if config.get("evaluator") == "agreement":
            config["evaluators"] = {**config.get("evaluators", {}), "agreement": agreement(items)}
    return config
