"""init: write a commented edgeci.yaml for a model. Looks into the model, so the file starts out true."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from edgeci.config import Limits
from edgeci.errors import ConfigError
from edgeci.records import write_atomically
from edgeci.types import Assessment, Format
from edgeci.workbench.reading import read_model

SCHEMA_NAME = "edgeci.schema.json"
STARTERS = Path(__file__).parents[1] / "kinds" / "starters"
"""One whole edgeci.yaml for each kind of model."""


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
        "[llama_cpp]  # the first one's as-is is the baseline; also mlx, optimum_intel, onnxruntime_genai",
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
    found = read_model(model, Limits(timeout_seconds=60))
    text = rendered(found, os.path.relpath(model, output.parent))
    write_atomically(output, text.encode())
    write_atomically(output.parent / SCHEMA_NAME, schema().encode())
    return output


def rendered(found: Assessment, model: str) -> str:
    """The starter of the model's kind, with what the model says of itself; each word of its own as JSON."""
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701
    environment.filters["json"] = json.dumps
    return environment.from_string((STARTERS / f"{found.kind}.yaml").read_text()).render(
        schema=SCHEMA_NAME,
        model=model,
        inputs=found.inputs,
        descriptions=[f"{item.name} {item.dtype} {list(item.shape)}" for item in found.inputs],
        architecture=found.architecture,
        example=EXAMPLES[found.model.format],
    )


def schema() -> str:
    """The JSON Schema of edgeci.yaml."""
    from edgeci.config import Config

    return (
        json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **Config.model_json_schema()}, indent=2)
        + "\n"
    )
