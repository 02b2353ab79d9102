from pathlib import Path

import pytest

from edgeci.hardware.accelerators import absent, accelerators
from edgeci.types import Fact


def machine(folder: Path, *devices: str) -> Path:
    """A root folder with these device nodes (plain files here)."""
    (folder / "proc").mkdir()
    (folder / "proc/version").write_text("Linux version 6.1.0 (builder) #1 SMP")
    (folder / "dev").mkdir()
    for name in devices:
        (folder / "dev" / name).parent.mkdir(exist_ok=True)
        (folder / "dev" / name).touch()
    return folder


def seen(root: Path) -> object:
    (fact,) = accelerators(root)
    return fact.value


@pytest.mark.parametrize(
    ("devices", "names"),
    [
        ((), []),
        (("nvidia0", "nvidiactl"), ["NVIDIA GPU"]),
        (("nvidiactl",), []),
        (("nvhost-gpu",), ["NVIDIA GPU"]),
        (("dri/renderD128", "accel/accel0"), ["GPU", "NPU"]),
    ],
)
def test_device_nodes_say_what_has_a_driver(tmp_path: Path, devices: tuple[str, ...], names: list[str]) -> None:
    assert seen(machine(tmp_path, *devices)) == names


def test_where_device_nodes_cannot_be_seen_nothing_is_claimed(tmp_path: Path) -> None:
    assert list(accelerators(tmp_path)) == []
    assert absent("gpu", None) is None


def test_an_absent_accelerator_is_a_reason_and_a_present_one_is_none() -> None:
    fact = Fact(name="accelerators", value=["NVIDIA GPU"], source="/dev")
    assert absent("gpu", fact) is None
    assert absent("cpu", fact) is None
    assert absent("npu", fact) == "no NPU is seen here (accelerators in /dev: NVIDIA GPU)"
