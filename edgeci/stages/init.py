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
from edgeci.kinds.registry import kind
from edgeci.records import write_atomically
from edgeci.types import Assessment, Format
from edgeci.workbench.reading import read_model

SCHEMA_NAME = "edgeci.schema.json"


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
    text = rendered(assessment, os.path.relpath(model, output.parent))
    write_atomically(output, text.encode())
    write_atomically(output.parent / SCHEMA_NAME, schema().encode())
    return output


def rendered(assessment: Assessment, model: str) -> str:
    """The starter of the model's kind, with what the model says of itself; each word of its own as JSON."""
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701
    environment.filters["json"] = json.dumps
    return environment.from_string(kind(assessment.kind).starter()).render(
        schema=SCHEMA_NAME,
        model=model,
        inputs=assessment.inputs,
        descriptions=[f"{item.name} {item.dtype} {item.shape_text}" for item in assessment.inputs],
        architecture=assessment.architecture,
        example=EXAMPLES[assessment.model.format],
    )


def schema() -> str:
    """The JSON Schema of edgeci.yaml, with the methods and options of every backend that can be imported."""
    from edgeci.config import Config

    whole = Config.model_json_schema()
    methods = {name: described(registry.backend(name)) for name in registry.importable()}
    whole["$defs"]["Recipe"]["allOf"] = rules(methods)
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **whole}, indent=2) + "\n"
