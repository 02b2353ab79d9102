"""Energy counters in a folder that looks like Linux's powercap, wrap-around included."""

from pathlib import Path

import pytest

from edgeci.hardware.energy import Counter, open_counter

RANGE_UJ = 262_143_328_850


def domain(root: Path, folder: str, name: str, energy_uj: int) -> Path:
    place = root / "sys/class/powercap" / folder
    place.mkdir(parents=True)
    (place / "name").write_text(f"{name}\n")
    (place / "max_energy_range_uj").write_text(f"{RANGE_UJ}\n")
    (place / "energy_uj").write_text(f"{energy_uj}\n")
    return place / "energy_uj"


def opened(root: Path) -> Counter:
    counter = open_counter(root)
    assert isinstance(counter, Counter), counter
    return counter


def test_joules_count_from_the_opening(tmp_path: Path) -> None:
    file = domain(tmp_path, "intel-rapl:0", "package-0", 5_000_000)
    counter = opened(tmp_path)
    assert counter.joules() == 0
    file.write_text("7500000\n")
    assert counter.joules() == 2.5


def test_a_counter_that_wraps_goes_on(tmp_path: Path) -> None:
    file = domain(tmp_path, "intel-rapl:0", "package-0", RANGE_UJ - 999_999)
    counter = opened(tmp_path)
    file.write_text("2000000")
    assert counter.joules() == 3.0
    file.write_text("1000000")
    assert counter.joules() == pytest.approx(3.0 + RANGE_UJ / 1e6 - 1, abs=1e-3), "wrapped again"


def test_packages_and_memory_are_added_and_their_parts_are_not(tmp_path: Path) -> None:
    files = [
        domain(tmp_path, "intel-rapl:0", "package-0", 0),
        domain(tmp_path, "intel-rapl:0:0", "core", 0),
        domain(tmp_path, "intel-rapl:0:1", "dram", 0),
        domain(tmp_path, "intel-rapl:1", "package-1", 0),
        domain(tmp_path, "intel-rapl:2", "psys", 0),
        domain(tmp_path, "intel-rapl-mmio:0", "package-0", 0),
    ]
    counter = opened(tmp_path)
    for file in files:
        file.write_text("1000000")
    assert counter.joules() == 3.0
    assert counter.source == "RAPL package-0, dram, package-1"


def test_a_machine_without_a_counter_says_so(tmp_path: Path) -> None:
    assert str(open_counter(tmp_path)).startswith("no energy counter: this machine offers no RAPL package")


def test_a_counter_that_holds_no_number_is_no_counter(tmp_path: Path) -> None:
    domain(tmp_path, "intel-rapl:0", "package-0", 0).write_text("")
    assert "no energy counter: it cannot be read" in str(open_counter(tmp_path))


def test_a_counter_for_root_only_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = domain(tmp_path, "intel-rapl:0", "package-0", 0)
    original = Path.read_text

    def forbidden(self: Path, *arguments: object, **options: object) -> str:
        if self == file:
            raise PermissionError(13, "Permission denied", str(file))
        return original(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "read_text", forbidden)  # the tests may run as root, whom nothing is forbidden
    assert str(open_counter(tmp_path)).endswith("energy_uj may be read by root only")
