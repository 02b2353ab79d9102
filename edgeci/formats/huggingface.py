"""Read the folder of a model of text: config.json, the headers of its safetensors, its tokenizer. No weights, no code.

A folder is a Hugging Face model, or one that mlx-lm wrote. What belongs to it is listed by name; pickled weights and
Python files that lie beside it are never among that.
"""

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NoReturn

from pydantic import JsonValue

from edgeci.errors import BackendMissing, InputRejected
from edgeci.evaluation import sentence_transformers
from edgeci.evaluation.companions import COMPANIONS, CONFIG
from edgeci.formats import packed_weights
from edgeci.formats.answer import Answer
from edgeci.formats.huggingface_concerns import concerns
from edgeci.formats.huggingface_configuration import details, named_architecture, read_config, text_of
from edgeci.formats.huggingface_head import refuse_other_ends
from edgeci.formats.huggingface_tokenizer import tokenizer
from edgeci.formats.huggingface_weights import INDEX, read_headers, weight_files, weight_map
from edgeci.formats.safetensors import Header
from edgeci.regular_files import opened

CAUSAL = ("ForCausalLM", "GPT2LMHeadModel")


def read(path: str) -> Answer:
    """What stands in the folder; its `format` says which of the two it is.

    Raises:
        InputRejected: no config.json, `architectures`, weights, head or tokenizer; a shard that is not there; a
            header that lies; a file that Git LFS has not fetched.
        BackendMissing: a model that neither continues a text nor says how it embeds one.
    """
    folder = Path(path)
    check_fetched(folder)
    config = read_config(folder)
    pooling = sentence_transformers.pooling(folder)
    architecture = named_architecture(config)
    if pooling is None and not architecture.endswith(CAUSAL):
        refuse_other_purpose(folder, architecture)
    headers = read_headers(folder)
    if pooling is None:
        refuse_other_ends(folder, config, headers.values())
    dtypes, scales = packed_weights.counted(folder, config, headers)
    return Answer(
        format="mlx" if is_mlx(config, headers.values()) else "huggingface",
        producer=text_of(config.get("_name_or_path") or config.get("_model_name_or_path")),
        parameters=sum(dtypes.values()),
        parameter_dtypes=dict(sorted((dtypes + scales).items())),
        opsets={},
        operators={},
        inputs=(),
        outputs=(),
        external=tuple(files(folder)),
        concerns=tuple(concerns(folder, config, headers.values(), dtypes)),
        kind="text" if pooling is None else "embeddings",
        architecture=text_of(config.get("model_type")) or architecture,
        details={
            "class": architecture,
            **details(folder, config),
            **tokenizer(folder),
            **({"pooling": pooling} if pooling else {}),
        },
    )


def check_fetched(folder: Path) -> None:
    """Whether each small file that belongs to the model is the file itself; weights are opened where they are read.

    Raises:
        InputRejected: a link, no regular file, or a pointer that Git LFS left in its place.
    """
    for name in (*COMPANIONS, INDEX):
        if os.path.lexists(folder / name):
            opened(folder / name, sys.maxsize).close()


def tensor_types(path: str) -> dict[str, int]:
    """Elements per dtype in the folder of this config.json; it needs no tokenizer."""
    folder = Path(path).parent
    dtypes, scales = packed_weights.counted(folder, read_config(folder), read_headers(folder))
    return dict(dtypes + scales)


def refuse_other_purpose(folder: Path, architecture: str) -> NoReturn:
    if not architecture:
        raise InputRejected(
            f"{folder / CONFIG}: no `architectures`, so nobody knows what the weights are; save the model again with "
            'transformers (save_pretrained), or name its class, ["LlamaForCausalLM"] for example'
        )
    raise BackendMissing(
        f"{folder}: {architecture} is no language model that "
        f"continues text (...ForCausalLM), and no {sentence_transformers.MODULES} says that and how it embeds one; "
        "save an embedding model with sentence-transformers, or export it to ONNX (`optimum-cli export onnx --model "
        f"{folder.name} OUT`) and give model.onnx"
    )


def is_mlx(config: Mapping[str, JsonValue], headers: Iterable[Header]) -> bool:
    """Whether mlx-lm wrote the folder: its own quantization, or its mark in the weights."""
    return packed_weights.quantization(config) is not None or any(
        header.metadata.get("format") == "mlx" for header in headers
    )


def files(folder: Path) -> list[str]:
    """What belongs to the model: weights, configuration, tokenizer."""
    index = weight_map(folder)
    companions = [name for name in COMPANIONS if (folder / name).exists()]
    return sorted([*weight_files(folder, index), *companions, *([] if index is None else [INDEX])])
