"""What exporters of language models share: they take a Hugging Face folder, and leave its tokenizer beside theirs."""

import json
import shutil
from pathlib import Path
from typing import Any

from edgeci.errors import ConfigError, InputRejected
from edgeci.evaluation.companions import COMPANIONS
from edgeci.types import Assessment

ROUTES = {
    ".gguf": "a GGUF file becomes a Hugging Face folder by transformers' from_pretrained(..., gguf_file=...) and "
    "save_pretrained, or runs as it is with llama_cpp",
    ".onnx": "there is no way back from ONNX; export from the folder it was made of, or use onnxruntime or openvino if "
    "it is a model of tensors",
}


def is_exportable(assessment: Assessment) -> bool:
    """A Hugging Face folder whose weights are not quantized."""
    concerns = {concern.code for concern in assessment.concerns}
    return assessment.model.format == "huggingface" and "already-quantized" not in concerns


def config(model: Path, backend: str) -> dict[str, Any]:
    """The folder's config.json.

    Raises:
        ConfigError: no Hugging Face folder, or one whose weights are quantized already; with the route that exists.
        InputRejected: config.json is not readable.
    """
    if not (model / "config.json").is_file():
        route = ROUTES.get(model.suffix, "it needs config.json, *.safetensors and a tokenizer")
        raise ConfigError(f"{backend} exports Hugging Face folders and {model.name} is none: {route}")
    try:
        content = json.loads((model / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise InputRejected(f"{model.name}/config.json: not JSON ({problem})") from problem
    if not isinstance(content, dict):
        raise InputRejected(f"{model.name}/config.json: not an object")
    if quantized := {"quantization", "quantization_config"} & content.keys():
        raise ConfigError(
            f"{model.name} is quantized already ({', '.join(sorted(quantized))} in config.json); {backend} exports "
            "from the unquantized folder it was made of"
        )
    return content


def copy_companions(model: Path, output: Path) -> None:
    """The source's own files, not an exporter's rewriting of them."""
    for name in COMPANIONS:
        if (model / name).is_file():
            (output / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(model / name, output / name)
