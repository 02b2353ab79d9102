"""A language model with its first layers only: the same weights and tokenizer, and a tenth of the work."""

import json
import re
import shutil
import struct
from pathlib import Path

WEIGHTS = "model.safetensors"
LAYER = re.compile(r"model\.layers\.(\d+)\.")


def shortened(model: Path, folder: Path, layers: int = 2) -> Path:
    """Of a Hugging Face folder."""
    shutil.copytree(model, folder, ignore=shutil.ignore_patterns(WEIGHTS))
    config = json.loads((model / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": layers}))
    write_first_layers(model / WEIGHTS, folder / WEIGHTS, layers)
    return folder


def write_first_layers(source: Path, target: Path, layers: int) -> None:
    """safetensors: the header's length, the header in JSON with offsets from its end, the tensors."""
    content = source.read_bytes()
    start = 8 + struct.unpack("<Q", content[:8])[0]
    tensors = json.loads(content[8:start])
    kept, parts, at = {"__metadata__": tensors.pop("__metadata__", {})}, [], 0
    for name, about in tensors.items():
        if (match := LAYER.match(name)) is None or int(match[1]) < layers:
            first, last = about["data_offsets"]
            parts.append(content[start + first : start + last])
            kept[name] = about | {"data_offsets": [at, at := at + last - first]}
    header = json.dumps(kept).encode()
    header += b" " * (-len(header) % 8)
    target.write_bytes(struct.pack("<Q", len(header)) + header + b"".join(parts))
