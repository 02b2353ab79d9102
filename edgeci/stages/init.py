"""init: write a commented edgeci.yaml for a model. Looks into the model, so the file starts out true."""

import json
import os
from pathlib import Path

from edgeci.config import Limits
from edgeci.errors import BackendMissing, ConfigError
from edgeci.formats.intake import sniff
from edgeci.isolation.process import ask_once
from edgeci.records import write_atomically

SCHEMA_NAME = "edgeci.schema.json"
TEMPLATE = """\
# yaml-language-server: $schema={schema}
# What edgeci tries, measures and demands. `edgeci run` does all of it; `edgeci schema` prints every key.
version: 1

model: {model}
# Inputs: {inputs}

# Labelled items judge the candidates; *other* items calibrate them. edgeci refuses items that are in both.
# npz, npy, csv, jsonl, an image folder with a sub-folder a class, or `python: module:function`.
data:
  evaluation:
    path: evaluation.npz     # arrays {arrays} and `labels`
    # scale: 0.00392156862745098   # value * scale, then - mean, then / std
    # slices: slices         # an array that names each item's slice
  calibration:
    path: calibration.npz

# accuracy, balanced_accuracy, f1_macro, mcc, mae, mse, or agreement (needs no labels)
metric: accuracy

# A target is a kind of machine; runs_on is the runner that stands for it.
targets:
  - name: cpu
    runs_on: [self-hosted, linux]
    backends: [onnxruntime]  # or openvino, or both
    threads: 1

# The backends propose recipes for this model. Add your own, or set `propose: false` to try only these.
propose: true
# recipes:
#   - backend: onnxruntime
#     method: int8-static
#     options: {{calibration: entropy}}

gates:
  # course: keeps > 95 % of the baseline's accuracy, 2x faster, 50 % less memory. mlperf-99, mlperf-99.9: accuracy.
  preset: course
  # rules:
  #   - rule: regression     # no more than 5 % slower than the unoptimized model
  #     metric: latency_cpu
  #     limit: 0.05
  #   - rule: drop           # loses at most one point, absolute
  #     metric: accuracy
  #     limit: 0.01
  #   - rule: at-most
  #     metric: size
  #     limit: 4             # MB

# Among the candidates that pass, the best by this is released.
prefer: latency_cpu
"""


def init(model: Path, output: Path, force: bool) -> Path:
    """Write the configuration and the schema it refers to.

    Raises:
        ConfigError: the output exists (and force is not given), or the model is not there.
        InputRejected: the model cannot be read.
    """
    if output.exists() and not force:
        raise ConfigError(f"{output}: exists; pass --force to replace it")
    kind = sniff(model, Limits().model_mb)
    if kind != "onnx":
        raise BackendMissing(f"{model}: {kind} models cannot be read yet; convert the model to ONNX")
    found = ask_once("edgeci.isolation.tasks:assess", Limits(timeout_seconds=60), path=str(model.absolute()))
    inputs = [f"{item['name']} {item['dtype']} {item['shape']}" for item in found["inputs"]]
    text = TEMPLATE.format(
        schema=SCHEMA_NAME,
        model=json.dumps(os.path.relpath(model, output.parent)),
        inputs=json.dumps(inputs),
        arrays=json.dumps([item["name"] for item in found["inputs"]]),
    )
    write_atomically(output, text.encode())
    write_atomically(output.parent / SCHEMA_NAME, schema().encode())
    return output


def schema() -> str:
    """The JSON Schema of edgeci.yaml."""
    from edgeci.config import Config

    return (
        json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **Config.model_json_schema()}, indent=2)
        + "\n"
    )
