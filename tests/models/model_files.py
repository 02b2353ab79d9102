"""Small GGUF files, safetensors and language models' folders, written by hand so that each part can lie."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

from edgeci.formats.gguf_header import BLOCKS

STRING, ARRAY, UINT32 = 8, 9, 4
F32, Q8_0, Q4_K = 0, 8, 12
METADATA: dict[str, Any] = {
    "general.architecture": "llama",
    "general.name": "small",
    "llama.context_length": 128,
    "llama.embedding_length": 256,
    "llama.block_count": 2,
    "llama.attention.head_count": 4,
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.tokens": ["a", "b", "ab"],
    "tokenizer.ggml.scores": [1, 2, 3],
    "tokenizer.chat_template": "{{ messages }}",
}
TENSORS = (("embedding", (256, 3), F32), ("layer.weight", (256, 8), Q4_K), ("layer.norm", (256,), F32))
CONFIG: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "vocab_size": 16,
    "max_position_embeddings": 128,
    "torch_dtype": "float32",
}
WEIGHTS = {"embedding": np.zeros((16, 64), np.float32), "norm": np.ones(64, np.float32)}
NAMES = {"float32": "F32", "float16": "F16", "uint32": "U32", "uint8": "U8"}


def string(text: str | bytes) -> bytes:
    content = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(content)) + content


def value(content: Any) -> bytes:
    """A metadata value with its type."""
    match content:
        case str():
            return struct.pack("<I", STRING) + string(content)
        case [str(), *_]:
            return struct.pack("<IIQ", ARRAY, STRING, len(content)) + b"".join(map(string, content))
        case [*numbers]:
            return struct.pack(f"<IIQ{len(numbers)}I", ARRAY, UINT32, len(numbers), *numbers)
        case bytes():
            return content
        case _:
            return struct.pack("<II", UINT32, content)


def size(shape: tuple[int, ...], kind: int) -> int:
    _, block, block_bytes = BLOCKS.get(kind, ("", 1, 4))
    return int(np.prod(shape, dtype=object)) // block * block_bytes


def gguf(
    metadata: dict[str, Any] = METADATA,
    tensors: Any = TENSORS,
    version: int = 3,
    counts: tuple[int, int] | None = None,
    offsets: dict[str, int] = {},
    alignment: int = 32,
    data: bool = True,
) -> bytes:
    """A whole file; `counts` and `offsets` may say what is not so."""
    head = b"GGUF" + struct.pack("<IQQ", version, *(counts or (len(tensors), len(metadata))))
    head += b"".join(string(key) + value(content) for key, content in metadata.items())
    place = 0
    for name, shape, kind in tensors:
        head += string(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        head += struct.pack("<IQ", kind, offsets.get(name, place))
        place += -(-size(shape, kind) // alignment) * alignment
    return head + bytes(-len(head) % alignment) + (bytes(place) if data else b"")


def safetensors(tensors: dict[str, Any] = WEIGHTS, metadata: dict[str, Any] | None = None, **lies: Any) -> bytes:
    """A whole file; a lie replaces the entry of its tensor."""
    header: dict[str, Any] = {} if metadata is None else {"__metadata__": metadata}
    place = 0
    for name, content in tensors.items():
        offsets = [place, place + content.nbytes]
        header[name] = {"dtype": NAMES[content.dtype.name], "shape": list(content.shape), "data_offsets": offsets}
        place += content.nbytes
    for name, lie in lies.items():
        header[name] = header.get(name, {}) | lie if isinstance(lie, dict) else lie
    return framed(json.dumps(header).encode(), b"".join(content.tobytes() for content in tensors.values()))


def framed(header: bytes, data: bytes = b"", length: int | None = None) -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def folder(path: Path, config: dict[str, Any] = CONFIG, **files: bytes) -> Path:
    """A Hugging Face folder; files by name with `__` for the dot, an empty one is left out."""
    path.mkdir(parents=True, exist_ok=True)
    tokenizer = {"version": "1.0", "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}}
    contents = {
        "config.json": json.dumps(config).encode(),
        "tokenizer.json": json.dumps(tokenizer).encode(),
        "tokenizer_config.json": json.dumps({"chat_template": "{{ messages }}"}).encode(),
        "model.safetensors": safetensors(),
    } | {name.replace("__", "."): content for name, content in files.items()}
    for name, content in contents.items():
        if content:
            (path / name).write_bytes(content)
    return path


def sharded(path: Path, weight_map: dict[str, str] | None = None) -> Path:
    """The same folder with each tensor in a shard of its own."""
    folder(path, model__safetensors=b"")
    shards = {name: f"model-0000{index}-of-00002.safetensors" for index, name in enumerate(WEIGHTS, start=1)}
    for name, shard in shards.items():
        (path / shard).write_bytes(safetensors({name: WEIGHTS[name]}))
    index = {"metadata": {}, "weight_map": shards if weight_map is None else weight_map}
    (path / "model.safetensors.index.json").write_text(json.dumps(index))
    return path


def mlx(path: Path, bits: int = 4, group: int = 32, quantization: dict[str, Any] | None = None) -> Path:
    """A folder as mlx-lm writes it: 16 x 64 weights in 32-bit words."""
    packed = {
        "embedding.weight": np.zeros((16, 64 * bits // 32), np.uint32),
        "embedding.scales": np.zeros((16, 64 // group), np.float16),
        "embedding.biases": np.zeros((16, 64 // group), np.float16),
        "norm.weight": np.ones(64, np.float16),
    }
    config = CONFIG | {"quantization": quantization or {"group_size": group, "bits": bits}}
    return folder(path, config, model__safetensors=safetensors(packed, {"format": "mlx"}))
