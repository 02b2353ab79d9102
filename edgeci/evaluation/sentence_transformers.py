"""How a sentence-transformers folder makes one vector of a text: modules.json, and the pooling that it names.

Without these files nothing says how the vectors of the tokens become one, and a guess would be another model.
"""

from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from edgeci.errors import BackendMissing, InputRejected
from edgeci.plain_json import read_list, read_object

MODULES, POOLING = "modules.json", "1_Pooling/config.json"
COMPANIONS = (MODULES, POOLING)
MODES = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "cls",
    "pooling_mode_lasttoken": "last",
    "mean": "mean",
    "cls": "cls",
    "lasttoken": "last",
}
"""sentence-transformers' names, each a flag and since 5.4 the value of `pooling_mode` -> what runtimes call them."""
KNOWN_MODULES = ("Transformer", "Pooling", "Normalize")
MOST_BYTES = 1 << 16
MOST_MODULES = 16


def pooling(folder: Path) -> str | None:
    """`mean`, `cls` or `last`; None where the folder is none of sentence-transformers'.

    Raises:
        InputRejected: the files are damaged, or name a pooling outside of the place for it.
        BackendMissing: a module after the encoder, or a pooling, that no runtime here has.
    """
    if not (folder / MODULES).is_file():
        return None
    for kind, place in modules(folder):
        if kind not in KNOWN_MODULES:
            raise BackendMissing(f"{folder / MODULES}: a {kind} module, which no runtime here has after the encoder")
        if kind == "Pooling" and f"{place}/config.json" != POOLING:
            raise InputRejected(f"{folder / MODULES}: the pooling lies in {place[:80]!r}, not in 1_Pooling")
    if not (folder / POOLING).is_file():
        raise InputRejected(f"{folder}: no {POOLING}, which {MODULES} names; fetch the whole folder")
    chosen = stated(read_object(folder / POOLING, MOST_BYTES))
    if len(chosen) != 1 or chosen[0] not in MODES.values():
        raise BackendMissing(
            f"{folder / POOLING}: pools by {' and '.join(name[:60] for name in chosen) or 'nothing'}; runtimes here "
            f"have one of {', '.join(dict.fromkeys(MODES.values()))}"
        )
    return chosen[0]


def stated(settings: Mapping[str, JsonValue]) -> list[str]:
    """Every pooling that is asked for, as runtimes call it, or by its own name; their vectors would be put in a row."""
    mode = settings.get("pooling_mode")
    flags = [name for name, value in settings.items() if name.startswith("pooling_mode_") and value is True]
    modes = mode if isinstance(mode, list) else [] if mode is None else [mode]
    return sorted({MODES.get(name, name) for name in (*flags, *map(str, modes))})


def modules(folder: Path) -> list[tuple[str, str]]:
    """Class without its package, and folder, of each module."""
    listed = read_list(folder / MODULES, MOST_BYTES)
    entries = [entry for entry in listed if isinstance(entry, dict)]
    if not 0 < len(listed) <= MOST_MODULES or len(entries) < len(listed):
        raise InputRejected(f"{folder / MODULES}: not a list of modules")
    return [(str(entry.get("type", "")).rpartition(".")[2][:60], str(entry.get("path", ""))) for entry in entries]
