"""Read the folder of a model of text: config.json, the headers of its safetensors, its tokenizer. No weights, no code.

A folder is a Hugging Face model, or one that mlx-lm wrote. What belongs to it is listed by name; pickled weights and
Python files that lie beside it are never among that.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edgeci.errors import BackendMissing, InputRejected
from edgeci.evaluation import sentence_transformers
from edgeci.formats import packed_weights
from edgeci.formats.safetensors import Header, read_header
from edgeci.plain_json import read_object, writable
from edgeci.regular_files import opened
from edgeci.types import Concern

CONFIG, WEIGHTS, INDEX = "config.json", "model.safetensors", "model.safetensors.index.json"
TOKENIZER, TOKENIZER_SETTINGS = "tokenizer.json", "tokenizer_config.json"
COMPANIONS = (
    CONFIG, "generation_config.json", TOKENIZER, TOKENIZER_SETTINGS, "tokenizer.model", "special_tokens_map.json",
    "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt", "chat_template.jinja", "chat_template.json",
    *sentence_transformers.COMPANIONS,
)  # fmt: skip
"""What a program needs besides the weights. Everything else in the folder stays where it is."""
CAUSAL = ("ForCausalLM", "GPT2LMHeadModel")
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
HALF = ("float16", "bfloat16")

MOST_CONFIG_BYTES = 1 << 20
MOST_INDEX_BYTES = 16 << 20
MOST_TOKENIZER_BYTES = 64 << 20
MOST_TEMPLATE_BYTES = 1 << 18
MOST_SHARDS = 4096
MOST_TENSORS = 262_144
LARGEST_COUNT = 2**40
LONGEST_NAME = 200

COUNTS = {
    "context_length": ("max_position_embeddings", "n_positions", "n_ctx", "max_sequence_length", "seq_length"),
    "embedding_length": ("hidden_size", "n_embd", "d_model"),
    "layers": ("num_hidden_layers", "n_layer", "n_layers", "num_layers"),
    "heads": ("num_attention_heads", "n_head", "n_heads"),
    "kv_heads": ("num_key_value_heads",),
    "experts": ("num_local_experts", "num_experts", "n_routed_experts"),
    "vocabulary": ("vocab_size",),
}
"""What people ask -> the keys that different architectures use."""


def read(path: str) -> dict[str, Any]:
    """The parts of an Assessment that stand in the folder, as JSON; `format` says which of the two it is.

    Raises:
        InputRejected: no config.json, weights or tokenizer; a shard that is not there; a header that lies; a file that
            Git LFS has not fetched.
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
    dtypes, scales = packed_weights.counted(folder, config, headers)
    return {
        "producer": text_of(config.get("_name_or_path") or config.get("_model_name_or_path")),
        "parameters": sum(dtypes.values()),
        "parameter_dtypes": dict(sorted((dtypes + scales).items())),
        "opsets": {},
        "operators": {},
        "inputs": [],
        "outputs": [],
        "external": files(folder),
        "concerns": [concern.model_dump() for concern in concerns(folder, config, dtypes)],
        "kind": "text" if pooling is None else "embeddings",
        "format": "mlx" if is_mlx(config, headers.values()) else "huggingface",
        "architecture": text_of(config.get("model_type")) or architecture,
        "details": {
            "class": architecture,
            **details(folder, config),
            **tokenizer(folder),
            **({"pooling": pooling} if pooling else {}),
        },
    }


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


def read_config(folder: Path) -> dict[str, Any]:
    if not (folder / CONFIG).is_file():
        raise InputRejected(f"{folder}: no {CONFIG}, which says what the weights are")
    return read_object(folder / CONFIG, MOST_CONFIG_BYTES)


def named_architecture(config: dict[str, Any]) -> str:
    """The class that config.json names; empty where it names none."""
    named = config.get("architectures")
    return text_of(named[0]) if isinstance(named, list) and named else ""


def refuse_other_purpose(folder: Path, architecture: str) -> None:
    raise BackendMissing(
        f"{folder}: {architecture or 'a model without `architectures` in config.json'} is no language model that "
        f"continues text (...ForCausalLM), and no {sentence_transformers.MODULES} says that and how it embeds one; "
        "save an embedding model with sentence-transformers, or export it to ONNX (`optimum-cli export onnx --model "
        f"{folder.name} OUT`) and give model.onnx"
    )


def is_mlx(config: dict[str, Any], headers: Any) -> bool:
    """Whether mlx-lm wrote the folder: its own quantization, or its mark in the weights."""
    return packed_weights.quantization(config) is not None or any(
        header.metadata.get("format") == "mlx" for header in headers
    )


def read_headers(folder: Path) -> dict[str, Header]:
    """Headers of all weight files by name; no tensor may be in two, and an index must name just those there are."""
    index = weight_map(folder)
    headers = {name: read_header(folder / name) for name in weight_files(folder, index)}
    places: dict[str, str] = {}
    for file, header in headers.items():
        for tensor in header.tensors:
            if tensor in places:
                raise InputRejected(f"{folder}: the tensor {tensor[:80]!r} is in {places[tensor]} and in {file}")
            places[tensor] = file
        if len(places) > MOST_TENSORS:
            raise InputRejected(f"{folder}: more than {MOST_TENSORS} tensors; no model has as many")
    if index is not None and index != places:
        wrong = sorted(name for name in index.keys() | places.keys() if index.get(name) != places.get(name))
        raise InputRejected(
            f"{folder / INDEX}: says that {wrong[0][:80]!r} is in {index.get(wrong[0], 'no file')!r}, it is in "
            f"{places.get(wrong[0], 'no file')!r}"
        )
    if not places:
        raise InputRejected(f"{folder}: its safetensors hold no tensors")
    return headers


def weight_map(folder: Path) -> dict[str, str] | None:
    """Tensor -> shard, as the index says; None where the weights are one file.

    Raises:
        InputRejected: no map, a shard outside the folder, or weights beside it that are another model's.
    """
    if not (folder / INDEX).exists():
        return None
    found = read_object(folder / INDEX, MOST_INDEX_BYTES).get("weight_map")
    if not isinstance(found, dict) or not found or not all(isinstance(name, str) for name in found.values()):
        raise InputRejected(f"{folder / INDEX}: no weight_map that names a file for each tensor")
    for name in set(found.values()):
        if not name.endswith(".safetensors") or name.startswith(".") or set(name) & set("/\\\0"):
            raise InputRejected(f"{folder / INDEX}: the shard {name[:80]!r} is no safetensors file in the folder")
    if (folder / WEIGHTS).exists() and set(found.values()) != {WEIGHTS}:  # mlx-lm writes an index for one file, too
        raise InputRejected(
            f"{folder}: {WEIGHTS} beside an {INDEX} of other files; remove those that are not the model"
        )
    return found


def weight_files(folder: Path, index: dict[str, str] | None) -> list[str]:
    """Names of the files that hold weights.

    Raises:
        InputRejected: one is not there.
    """
    names = [WEIGHTS] if index is None else sorted(set(index.values()))
    if len(names) > MOST_SHARDS:
        raise InputRejected(f"{folder / INDEX}: {len(names)} shards")
    for name in names:
        if not (folder / name).is_file():
            raise InputRejected(f"{folder}: no {name[:80]}{remedy(folder, index)}")
    return names


def remedy(folder: Path, index: dict[str, str] | None) -> str:
    """What to do about weights that are not there."""
    if index is not None:
        return f", which {INDEX} names; fetch every shard"
    if pickles(folder):
        return " but pickled weights, which run code when they are read; save the model as safetensors"
    if any(folder.glob("*.gguf")):
        return "; give the .gguf file itself as the model"
    return f" and no {INDEX}"


def pickles(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix in PICKLES)


def files(folder: Path) -> list[str]:
    """What belongs to the model: weights, configuration, tokenizer."""
    index = weight_map(folder)
    companions = [name for name in COMPANIONS if (folder / name).exists()]
    return sorted([*weight_files(folder, index), *companions, *([] if index is None else [INDEX])])


def concerns(folder: Path, config: dict[str, Any], dtypes: Counter[str]) -> Iterator[Concern]:
    """What a backend, or a person, should know before anything is tried."""
    if "auto_map" in config or "auto_map" in settings(folder):
        yield Concern(
            code="remote-code",
            message="it asks for Python code of its own (auto_map), which is never run: a backend must know the model",
        )
    code = [path.name for path in folder.iterdir() if path.suffix == ".py"]
    if left := sorted([*pickles(folder), *code]):
        names = ", ".join(writable(name)[:60] for name in left[:3]) + (" ..." if len(left) > 3 else "")
        yield Concern(code="left-out", message=f"pickles and code beside the model are not taken in: {names}")
    if described := quantized(config):
        yield Concern(code="already-quantized", message=f"the weights are quantized already: {described}")
    if sum(dtypes[name] for name in HALF) > sum(dtypes.values()) / 2:
        yield Concern(code="half-precision", message="weights are half precision; the baseline is not float32")


def quantized(config: dict[str, Any]) -> str:
    """How, in few words; empty where it is not."""
    found = config.get("quantization") or config.get("quantization_config")
    if not isinstance(found, dict):
        return ""
    known = {name: found[name] for name in ("quant_method", "mode", "bits", "group_size") if name in found}
    return ", ".join(f"{name} {text_of(value)}" for name, value in known.items()) or "in a way that is not named"


def details(folder: Path, config: dict[str, Any]) -> dict[str, int | str]:
    """What people ask about a language model, as far as config.json says it."""
    found: dict[str, int | str] = {}
    for name, keys in COUNTS.items():
        value = next((config[key] for key in keys if config.get(key) is not None), None)
        if value is not None:
            found[name] = whole(folder, name, value)
    texts = {"dtype": config.get("dtype", config.get("torch_dtype")), "quantization": quantized(config)}
    return found | {name: text_of(value) for name, value in texts.items() if value}


def whole(folder: Path, name: str, value: Any) -> int:
    if type(value) is not int or not 0 <= value <= LARGEST_COUNT:
        raise InputRejected(f"{folder / CONFIG}: its {name} is {repr(value)[:40]}")
    return value


def tokenizer(folder: Path) -> dict[str, str]:
    """What kind it is, and the chat template as text.

    Raises:
        InputRejected: no tokenizer.json, or one that is damaged.
    """
    if not (folder / TOKENIZER).is_file():
        raise InputRejected(
            f"{folder}: no tokenizer (tokenizer.json), so no text can be given to the model; save it beside the "
            "weights (AutoTokenizer.from_pretrained(MODEL).save_pretrained(FOLDER))"
        )
    model = read_object(folder / TOKENIZER, MOST_TOKENIZER_BYTES).get("model")
    if not isinstance(model, dict):
        raise InputRejected(f"{folder / TOKENIZER}: no tokenizer (it has no `model`)")
    template = chat_template(folder)
    return {"tokenizer": text_of(model.get("type")), **({"chat_template": template} if template else {})}


def chat_template(folder: Path) -> str:
    """Never rendered here; empty where there is none, or one too long to be one."""
    path = folder / "chat_template.jinja"
    if path.is_file():
        with path.open("rb") as stream:
            content = stream.read(MOST_TEMPLATE_BYTES + 1)
        return content.decode("utf-8", errors="replace") if len(content) <= MOST_TEMPLATE_BYTES else ""
    found = settings(folder).get("chat_template")
    if isinstance(found, list):  # several, by name
        named = [entry for entry in found if isinstance(entry, dict) and entry.get("name") == "default"]
        found = named[0].get("template") if named else None
    return writable(found) if isinstance(found, str) and len(found) <= MOST_TEMPLATE_BYTES else ""


def settings(folder: Path) -> dict[str, Any]:
    path = folder / TOKENIZER_SETTINGS
    return read_object(path, MOST_TOKENIZER_BYTES) if path.is_file() else {}


def text_of(value: Any) -> str:
    """A short text to print; numbers as they are written, anything else as nothing."""
    return writable(str(value))[:LONGEST_NAME] if isinstance(value, str | int | float) else ""
