"""How large the caches near a core are, as Linux says it."""

import re
from pathlib import Path

NEAR = ("1", "2")
"""Level 3 is shared with whatever else runs, and in a virtual machine with the neighbours too."""


def near_cache_mb(root: Path = Path("/")) -> float | None:
    """The largest first or second level data cache of the first core, in MB; None where the system does not say."""
    folders = sorted((root / "sys/devices/system/cpu/cpu0/cache").glob("index*"))
    return max((size for folder in folders if (size := size_mb(folder)) is not None), default=None)


def size_mb(folder: Path) -> float | None:
    try:
        kind, level, size = ((folder / name).read_text().strip() for name in ("type", "level", "size"))
    except OSError:
        return None
    kilobytes = re.fullmatch(r"(\d+)K", size)
    return int(kilobytes[1]) * 1024 / 1e6 if kilobytes and level in NEAR and kind != "Instruction" else None
