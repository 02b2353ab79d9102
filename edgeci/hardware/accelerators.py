"""Which accelerators the kernel has a driver for; whether a runtime can use one, only that runtime knows."""

from collections.abc import Iterator
from pathlib import Path

from edgeci.types import Fact

DEVICES = {
    # Device node -> what it stands for.
    "nvidia[0-9]*": "NVIDIA GPU",
    "nvhost-gpu": "NVIDIA GPU",  # Jetson
    "kfd": "AMD GPU",
    "dri/renderD*": "GPU",
    "dxg": "GPU",  # Windows subsystem for Linux
    "accel/accel*": "NPU",
    "fastrpc-cdsp*": "NPU",  # Qualcomm
}


def accelerators(root: Path) -> Iterator[Fact]:
    """Nothing where device nodes cannot be seen: a recorded machine, or another system than Linux."""
    folder = root / "dev"
    if (root / "proc/version").is_file() and folder.is_dir():
        names = [name for pattern, name in DEVICES.items() if any(folder.glob(pattern))]
        yield Fact(name="accelerators", value=[*dict.fromkeys(names)], source=str(folder))


def absent(accelerator: str, fact: Fact | None) -> str | None:
    """Why an accelerator that is asked for cannot be here; None where it can, or nothing is known."""
    if accelerator == "cpu" or fact is None or not isinstance(fact.value, list):
        return None
    if any(str(name).endswith(accelerator.upper()) for name in fact.value):
        return None
    seen = ", ".join(map(str, fact.value)) or "none at all"
    return f"no {accelerator.upper()} is seen here (accelerators in {fact.source}: {seen})"
