"""The weights of a folder: one file, or shards that an index names. Only the headers are read."""

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from edgeci.errors import InputRejected
from edgeci.formats.adapters import MERGE, adapters
from edgeci.formats.safetensors import Header, read_header
from edgeci.plain_json import read_object

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")

MOST_INDEX_BYTES = 16 << 20
MOST_SHARDS = 4096
MOST_TENSORS = 262_144


def read_headers(folder: Path) -> dict[str, Header]:
    """Headers of all weight files by name; no tensor may be in two, and an index must name just those there are."""
    index = weight_map(folder)
    headers = {name: read_header(folder / name) for name in weight_files(folder, index)}
    places = places_of(folder, headers)
    if index is not None and index != places:
        refuse_index(folder, index, places)
    if not places:
        raise InputRejected(f"{folder}: its safetensors hold no tensors")
    return headers


def places_of(folder: Path, headers: Mapping[str, Header]) -> dict[str, str]:
    """Tensor -> the file it is in.

    Raises:
        InputRejected: it is in two, or there are more than models have.
    """
    places: dict[str, str] = {}
    for file, header in headers.items():
        for tensor in header.tensors:
            if tensor in places:
                raise InputRejected(f"{folder}: the tensor {tensor[:80]!r} is in {places[tensor]} and in {file}")
            places[tensor] = file
        if len(places) > MOST_TENSORS:
            raise InputRejected(f"{folder}: more than {MOST_TENSORS} tensors; no model has as many")
    return places


def refuse_index(folder: Path, index: Mapping[str, str], places: Mapping[str, str]) -> NoReturn:
    """Name the first tensor that is not where the index says."""
    wrong = min(name for name in index.keys() | places.keys() if index.get(name) != places.get(name))
    raise InputRejected(
        f"{folder / INDEX}: says that {wrong[:80]!r} is in {index.get(wrong, 'no file')!r}, it is in "
        f"{places.get(wrong, 'no file')!r}"
    )


def weight_map(folder: Path) -> dict[str, str] | None:
    """Tensor -> shard, as the index says; None where the weights are one file.

    Raises:
        InputRejected: no map, a shard outside the folder, or weights beside it that are another model's.
    """
    if not (folder / INDEX).exists():
        return None
    stated = read_object(folder / INDEX, MOST_INDEX_BYTES).get("weight_map")
    if not isinstance(stated, dict) or not stated or not all(isinstance(name, str) for name in stated.values()):
        raise InputRejected(f"{folder / INDEX}: no weight_map that names a file for each tensor")
    for name in set(stated.values()):
        if not name.endswith(".safetensors") or name.startswith(".") or set(name) & set("/\\\0"):
            raise InputRejected(f"{folder / INDEX}: the shard {name[:80]!r} is no safetensors file in the folder")
    if (folder / WEIGHTS).exists() and set(stated.values()) != {WEIGHTS}:  # mlx-lm writes an index for one file, too
        raise InputRejected(
            f"{folder}: {WEIGHTS} beside an {INDEX} of other files; remove those that are not the model"
        )
    return stated


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
    if adapters(path.name for path in folder.iterdir()):
        return f" but an adapter (LoRA), which is no model without its base; {MERGE}"
    if any(folder.glob("*.gguf")):
        return "; give the .gguf file itself as the model"
    return f" and no {INDEX}"


def pickles(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix in PICKLES)
