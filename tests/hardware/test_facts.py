"""What is read from recorded machines (see machines/README.md): every kind that a target is likely to be."""

from pathlib import Path

import pytest

from edgeci.hardware.facts import facts

MACHINES = Path(__file__).parent / "machines"
KNOWN = {
    "raspberry-pi-5": {
        "board": "Raspberry Pi 5 Model B Rev 1.0",
        "cpu": "Cortex-A76",
        "cpus": 4,
        "cpu_features": ["NEON", "dotprod"],
        "fast_int8": True,
        "memory_mb": 8052,
        "governor": "ondemand",
        "clock_source": "arch_sys_counter",
    },
    "raspberry-pi-4": {"board": "Raspberry Pi 4 Model B Rev 1.4", "cpu": "Cortex-A72", "fast_int8": False},
    "jetson-orin-nano": {"board": "NVIDIA Jetson Orin Nano Developer Kit", "cpu": "Cortex-A78AE", "cpus": 6},
    "graviton-3": {"cpu": "Neoverse V1", "cpu_features": ["NEON", "dotprod", "i8mm", "SVE", "bf16"]},
    "snapdragon-8-gen-2": {
        "cpu": "Cortex-A510 + Cortex-A715 + Cortex-X3",
        "cpus": 8,
        "battery": "Discharging",
        "perf_event_paranoid": 3,
    },
    "xeon-sapphire-rapids": {
        "cpu_features": [
            "AVX2",
            "AVX-512",
            "AVX-512 VNNI",
            "AVX VNNI",
            "AMX int8",
            "AMX bf16",
            "AVX-512 bf16",
        ],
        "energy_counter": True,
        "turbo": False,
        "smt": True,
    },
    "epyc-virtual-machine": {
        "cpu_features": ["AVX2"],
        "fast_int8": False,
        "virtual_machine": "Microsoft Corporation",
        "clock_source": "hyperv_clocksource_tsc_page",
        "cpu_pressure_percent": 12.5,
    },
    "atom-without-avx2": {"cpu_features": [], "fast_int8": False, "governor": "powersave", "turbo": True},
    "container-version-2": {"memory_mb": 31850, "memory_limit_mb": 512, "cpu_limit": 1.5, "container": True},
    "container-version-1": {"memory_limit_mb": 2048, "cpu_limit": 2.0, "cpus": 16, "container": True},
    "laptop-on-battery": {"battery": "Discharging", "fast_int8": True, "governor": "powersave"},
    "macbook-m2": {
        "cpu": "Apple M2",
        "cpus": 8,
        "memory_mb": 16384,
        "cpu_features": ["NEON", "dotprod", "i8mm", "bf16"],
        "fast_int8": True,
    },
    "macos-hosted-runner": {"cpu": "Apple M1 (Virtual)", "virtual_machine": "unnamed", "fast_int8": True},
}


def read(machine: str) -> dict[str, object]:
    return {fact.name: fact.value for fact in facts(MACHINES / machine)}


@pytest.mark.parametrize("machine", KNOWN)
def test_a_recorded_machine_is_known(machine):
    known = read(machine)
    assert {name: known.get(name) for name in KNOWN[machine]} == KNOWN[machine]


def test_every_recorded_machine_is_tested():
    assert {path.name for path in MACHINES.iterdir() if path.is_dir()} == set(KNOWN)


@pytest.mark.parametrize("machine", KNOWN)
def test_a_recorded_machine_says_nothing_of_the_one_that_reads_it(machine):
    assert not {"architecture", "system", "python"} & read(machine).keys()


@pytest.mark.parametrize("machine", [*KNOWN, "/"])
def test_every_fact_has_one_value_and_a_source(machine):
    every_fact = facts(MACHINES / machine)
    assert len({fact.name for fact in every_fact}) == len(every_fact)
    assert all(fact.source for fact in every_fact)


@pytest.mark.parametrize("missing", ["board", "battery", "virtual_machine", "cpu_limit", "container", "governor"])
def test_what_is_not_readable_is_not_reported(missing, tmp_path):
    assert missing not in {fact.name for fact in facts(tmp_path)}


def test_a_folder_where_a_kernel_file_should_be_is_not_read(tmp_path):
    (tmp_path / "proc/cpuinfo").mkdir(parents=True)
    assert "cpu" not in {fact.name for fact in facts(tmp_path)}


def test_an_unlimited_container_has_no_limits(tmp_path):
    group = tmp_path / "sys/fs/cgroup"
    for name, text in {
        "memory.max": "max",
        "cpu.max": "max 100000",
        "memory/memory.limit_in_bytes": "9223372036854771712",
        "cpu/cpu.cfs_quota_us": "-1",
    }.items():
        (group / name).parent.mkdir(parents=True, exist_ok=True)
        (group / name).write_text(text)
    assert not {"memory_limit_mb", "cpu_limit"} & {fact.name for fact in facts(tmp_path)}
