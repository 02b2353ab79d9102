"""What config.json says of a model: its class, its sizes, how its weights are quantized."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from edgeci.errors import InputRejected
from edgeci.evaluation.companions import CONFIG
from edgeci.plain_json import read_object, writable

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
MOST_CONFIG_BYTES = 1 << 20
LARGEST_COUNT = 2**40
LONGEST_NAME = 200


def read_config(folder: Path) -> dict[str, JsonValue]:
    if not (folder / CONFIG).is_file():
        raise InputRejected(f"{folder}: no {CONFIG}, which says what the weights are")
    return read_object(folder / CONFIG, MOST_CONFIG_BYTES)


def named_architecture(config: Mapping[str, JsonValue]) -> str:
    """The class that config.json names; empty where it names none."""
    named = config.get("architectures")
    return text_of(named[0]) if isinstance(named, list) and named else ""


def details(folder: Path, config: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """What people ask about a language model, as far as config.json says it."""
    sizes: dict[str, JsonValue] = {}
    for name, keys in COUNTS.items():
        value = next((config[key] for key in keys if config.get(key) is not None), None)
        if value is not None:
            sizes[name] = whole(folder, name, value)
    texts = {"dtype": config.get("dtype", config.get("torch_dtype")), "quantization": quantized(config)}
    return sizes | {name: text_of(value) for name, value in texts.items() if value}


def whole(folder: Path, name: str, value: object) -> int:
    if type(value) is not int or not 0 <= value <= LARGEST_COUNT:
        raise InputRejected(f"{folder / CONFIG}: its {name} is {repr(value)[:40]}")
    return value


def quantized(config: Mapping[str, JsonValue]) -> str:
    """How, in few words; empty where it is not."""
    stated = config.get("quantization") or config.get("quantization_config")
    if not isinstance(stated, dict):
        return ""
    known = {name: stated[name] for name in ("quant_method", "mode", "bits", "group_size") if name in stated}
    return ", ".join(f"{name} {text_of(value)}" for name, value in known.items()) or "in a way that is not named"


def text_of(value: object) -> str:
    """A short text to print; numbers as they are written, anything else as nothing."""
    return writable(str(value))[:LONGEST_NAME] if isinstance(value, str | int | float) else ""
