"""init: write a commented edgeci.yaml for a model. Looks into the model, so the file starts out true."""

import json
import os
from pathlib import Path

from edgeci.backends import registry
from edgeci.backends.options import described
from edgeci.backends.options_schema import rules
from edgeci.config import Limits
from edgeci.errors import ConfigError
from edgeci.records import write_atomically
from edgeci.types import Assessment
from edgeci.workbench.reading import read_model

SCHEMA_NAME = "edgeci.schema.json"
TEMPLATE = """\
# yaml-language-server: $schema={schema}
# What edgeci tries, measures and demands. `edgeci run` does all of it; `edgeci schema` prints every key.
version: 1

model: {model}
# {about}

{data}

# A target is a kind of machine; runs_on is the runner that stands for it.
targets:
  - name: cpu
    runs_on: [self-hosted, linux]
    backends: {backends}
    threads: 1

# The backends propose recipes for this model. Add your own, or set `propose: false` to try only these.
propose: true
# recipes:
#   - backend: {recipe}

{gates}

# Among the candidates that pass, the best by this is released.
prefer: latency_cpu
"""
TENSOR_DATA = """\
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
metric: accuracy"""
TENSOR_GATES = """\
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
  #     limit: 4             # MB"""
TEXT_DATA = """\
# JSON lines judge the candidates, other text calibrates them. edgeci refuses text that is in both. A line is
# {{"text": ...}}, {{"prompt": ..., "choices": [...], "label": 0}} or {{"prompt": ..., "answer": ...}}.
data:
  evaluation:
    path: evaluation.jsonl   # 64 items of a kind at least, or nothing is decided
  calibration:
    path: calibration.txt

# cross_entropy and kl_divergence need running text; accuracy needs questions or answers.
metric: cross_entropy

text:
  window: 128                # tokens of each stretch of running text that is scored
  prompt_tokens: 64          # of a timed request
  output_tokens: 16
  chat_template: false       # true: prompts are put in the model's own chat template"""
TEXT_GATES = """\
gates:
  rules:
    - rule: at-most          # nats a token between the unoptimized model's next-token probabilities and ours
      metric: kl_divergence
      limit: 0.1
    - rule: speed-up         # CPU time per output token; tpot_wall is what a reader sees, on a quiet machine
      metric: tpot_cpu
      limit: 1.5
    - rule: reduction
      metric: size
      limit: 0.5"""
EMBEDDING_DATA = """\
# JSON lines judge the candidates, other texts calibrate them. edgeci refuses texts that are in both. A line is
# {{"text": ...}}, or {{"query": ..., "passage": ...}}: two that belong together.
data:
  evaluation:
    path: evaluation.jsonl   # 64 items of a kind at least, or nothing is decided
  calibration:
    path: calibration.txt    # a text a line

# accuracy is the share of the queries whose nearest passage is their own (recall at 1); cosine_distance needs no pairs
metric: accuracy

text:
  window: 128                # tokens; a longer text is cut
  prompt_tokens: 64          # of the text that is timed"""
EMBEDDING_GATES = """\
gates:
  rules:
    - rule: at-most          # 1 - cosine with the unoptimized model's vector of the same text
      metric: cosine_distance
      limit: 0.02
    - rule: drop             # loses at most two queries of a hundred
      metric: accuracy
      limit: 0.02
    - rule: speed-up
      metric: latency_cpu
      limit: 1.2
    - rule: reduction
      metric: size
      limit: 0.5"""
BY_TASK: dict[str, tuple[str, str]] = {
    "tensors": (TENSOR_DATA, TENSOR_GATES),
    "text": (TEXT_DATA, TEXT_GATES),
    "embeddings": (EMBEDDING_DATA, EMBEDDING_GATES),
}
BACKENDS = {
    "onnx": ("[onnxruntime]  # or openvino, or both", "onnxruntime\n#     method: int8-static"),
    "openvino_ir": ("[openvino]", "openvino\n#     method: as-is"),
    "huggingface": (
        "[llama_cpp]  # the first one's as-is is the baseline; also mlx, optimum_intel, onnxruntime_genai",
        "llama_cpp\n#     method: q5_k_m",
    ),
    "gguf": ("[llama_cpp]", "llama_cpp\n#     method: q5_k_m"),
    "mlx": ("[mlx]", "mlx\n#     method: as-is"),
}
"""By format: the targets' backends, and an example of a recipe."""
EMBEDDING_BACKENDS = (
    "[llama_cpp]  # the first one's as-is is the baseline; also optimum_intel, of a folder",
    "llama_cpp\n#     method: q6_k",
)


def init(model: Path, output: Path, force: bool) -> Path:
    """Write the configuration and the schema it refers to.

    Raises:
        ConfigError: the output exists (and force is not given), or the model is not there.
        InputRejected: the model cannot be read.
    """
    if output.exists() and not force:
        raise ConfigError(f"{output}: exists; pass --force to replace it")
    found = read_model(model, Limits(timeout_seconds=60))
    data, gates = BY_TASK[found.kind]
    backends, recipe = EMBEDDING_BACKENDS if found.kind == "embeddings" else BACKENDS[found.model.format]
    text = TEMPLATE.format(
        schema=SCHEMA_NAME,
        model=json.dumps(os.path.relpath(model, output.parent)),
        about=about(found),
        data=data.format(arrays=json.dumps([item.name for item in found.inputs])),
        backends=backends,
        recipe=recipe,
        gates=gates,
    )
    write_atomically(output, text.encode())
    write_atomically(output.parent / SCHEMA_NAME, schema().encode())
    return output


def about(found: Assessment) -> str:
    if found.kind == "tensors":
        inputs = [f"{item.name} {item.dtype} {list(item.shape)}" for item in found.inputs]
        return f"Inputs: {json.dumps(inputs)}"
    kind = "An embedding model" if found.kind == "embeddings" else "A language model"
    return f"{kind}, architecture {json.dumps(found.architecture)}"


def schema() -> str:
    """The JSON Schema of edgeci.yaml, with the methods and options of every backend that can be imported."""
    from edgeci.config import Config

    whole = Config.model_json_schema()
    methods = {name: described(registry.backend(name)) for name in registry.importable()}
    whole["$defs"]["Recipe"]["allOf"] = rules(methods)
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **whole}, indent=2) + "\n"
