"""Cache sizes from a folder that looks like Linux's."""

from pathlib import Path

from edgeci.hardware.caches import near_cache_mb


def cache(root: Path, index: int, kind: str, level: int, size: str) -> None:
    folder = root / f"sys/devices/system/cpu/cpu0/cache/index{index}"
    folder.mkdir(parents=True)
    for name, value in (("type", kind), ("level", str(level)), ("size", size)):
        (folder / name).write_text(f"{value}\n")


def test_the_third_level_is_shared_and_does_not_count(tmp_path: Path) -> None:
    cache(tmp_path, 0, "Data", 1, "48K")
    cache(tmp_path, 1, "Instruction", 1, "9999K")
    cache(tmp_path, 2, "Unified", 2, "2048K")
    cache(tmp_path, 3, "Unified", 3, "266240K")
    assert near_cache_mb(tmp_path) == 2048 * 1024 / 1e6


def test_unknown_is_none(tmp_path: Path) -> None:
    assert near_cache_mb(tmp_path) is None
