"""init: write a commented edgeci.yaml for a model. Looks into the model, so the file starts out true."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from edgeci.backends import registry
from edgeci.backends.options import described
from edgeci.backends.options_schema import rules
from edgeci.config import Limits
from edgeci.errors import ConfigError
from edgeci.evaluation.suggestion import Suggestion, suggested
from edgeci.kinds.registry import kind
from edgeci.metrics import METRICS
from edgeci.planning.starting_gates import starting_gates
from edgeci.records import write_atomically
from edgeci.types import Assessment, Format
from edgeci.workbench.reading import read_model

SCHEMA_NAME = "edgeci.schema.json"
DATA_ENDINGS = (".npz", ".csv", ".jsonl", ".parquet", ".npy", "")
SYMBOLS = "symbols.txt"
"""Where a recognizer's symbols are looked for."""


@dataclass(frozen=True)
class Example:
    """What a new configuration says of backends."""

    backends: str
    backend: str
    method: str


EXAMPLES: dict[Format, Example] = {
    "onnx": Example("[onnxruntime]  # or openvino, or both", "onnxruntime", "int8-static"),
    "openvino_ir": Example("[openvino]", "openvino", "as-is"),
    "huggingface": Example(
        "[llama_cpp]  # the first that runs it gives the baseline; also mlx, optimum_intel, onnxruntime_genai",
        "llama_cpp",
        "q5_k_m",
    ),
    "gguf": Example("[llama_cpp]", "llama_cpp", "q5_k_m"),
    "mlx": Example("[mlx]", "mlx", "as-is"),
}


def init(model: Path, output: Path, force: bool) -> Path:
    """Write the configuration and the schema it refers to.

    Raises:
        ConfigError: the output exists (and force is not given), or the model is not there.
        InputRejected: the model cannot be read.
    """
    if output.exists() and not force:
        raise ConfigError(f"{output}: exists; pass --force to replace it")
    assessment = read_model(model, Limits(timeout_seconds=60))
    text = rendered(assessment, os.path.relpath(model, output.parent), output.parent)
    write_atomically(output, text.encode())
    write_atomically(output.parent / SCHEMA_NAME, schema().encode())
    return output


def rendered(assessment: Assessment, model: str, folder: Path) -> str:
    """The starter of the model's kind, with what the model says of itself; each word of its own as JSON."""
    suggestion = suggested(assessment.outputs, assessment.inputs)
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701
    environment.filters["json"] = json.dumps
    return environment.from_string(kind(assessment.kind).starter()).render(
        schema=SCHEMA_NAME,
        model=model,
        inputs=assessment.inputs,
        descriptions=[f"{item.name} {item.dtype} {item.shape_text}" for item in assessment.inputs],
        architecture=assessment.architecture,
        example=EXAMPLES[assessment.model.format],
        data={name: data_beside(folder, name) for name in ("evaluation", "calibration")},
        suggestion=suggestion,
        settings=[*suggestion.settings, *sequence_lines(suggestion, folder)],
        gates=starting_gates(assessment),
    )


def data_beside(folder: Path, name: str) -> str:
    """The file of that name that is there, else the one to make."""
    there = (f"{name}{ending}" for ending in DATA_ENDINGS if (folder / f"{name}{ending}").exists())
    return next(there, f"{name}{DATA_ENDINGS[0]}")


def sequence_lines(suggestion: Suggestion, folder: Path) -> list[str]:
    if METRICS[suggestion.metric].wants != "sequence":
        return []
    if (folder / SYMBOLS).exists():
        return [f"sequence: {{symbols: {SYMBOLS}}}"]
    return ["# sequence: {letters: abc}   # or `symbols: FILE`; needed where labels are texts"]


def schema() -> str:
    """The JSON Schema of edgeci.yaml, with the methods and options of every backend that can be imported."""
    from edgeci.config import Config

    whole = Config.model_json_schema()
    methods = {name: described(registry.backend(name)) for name in registry.importable()}
    whole["$defs"]["Recipe"]["allOf"] = rules(methods)
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **whole}, indent=2) + "\n"
