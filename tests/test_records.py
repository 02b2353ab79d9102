"""The workspace survives crashes, full disks, other runs and old files."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from edgeci.errors import WorkspaceError
from edgeci.records import decode, encode, write_atomically
from edgeci.types import Conditions, Fact, Measurement, Text

OTHER = (
    r"^hardware.json: written by {} edgeci \(schema {}, this one writes 2\); "
    "run the verb that makes it again, or use the edgeci that wrote it$"
)


@given(st.text(), st.text())
def test_any_text_comes_back_as_itself(name: str, source: str) -> None:
    record = Fact(name=name, value=1, source=source)
    assert decode(encode("fact", [record]), Fact, "x") == [record]


def test_nan_stays_nan(tmp_path: Path) -> None:
    from tests.gates.builders import measurement

    broken = measurement("latency_cpu", [float("nan"), float("inf")])
    (decoded,) = decode(encode("measurement", [broken]), type(broken), "x")
    assert decoded.samples[0] != decoded.samples[0]
    assert decoded.samples[1] == float("inf")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "damaged"),
        (b'{"schema": 2, "kind": "fact", "rec', "damaged"),
        (
            b'{"schema": 1, "kind": "fact", "records": []}',
            OTHER.format("an older", 1),
        ),
        (
            b'{"schema": 9, "kind": "fact", "records": []}',
            OTHER.format("a newer", 9),
        ),
        (b'{"schema": "1", "kind": "fact", "records": []}', "damaged"),
        (b'{"schema": 2, "kind": "verdict", "records": []}', "holds 'verdict' records, expected 'fact'"),
        (b'{"schema": 2, "kind": "fact", "records": [{"nam": "x"}]}', "damaged"),
        (b"[]", "damaged"),
        (b"[" * 100_000, "damaged"),
        (b'{"schema": ' + b"9" * 5000 + b"}", "damaged"),
        (b'{"schema": 2, "kind": "fact", "records": [{"name": "\\ud800", "value": 1, "source": ""}]}', "damaged"),
    ],
)
def test_a_damaged_list_is_named_with_a_remedy(content: bytes, message: str) -> None:
    with pytest.raises(WorkspaceError, match=message):
        decode(content, Fact, "hardware.json")


def wait_for(path: Path) -> None:
    for _ in range(200):
        if path.exists() and path.read_text():
            return
        time.sleep(0.05)
    raise AssertionError(f"{path} never came")


WRITER = """
import sys
from pathlib import Path
from edgeci.records import write_atomically
number = 0
while True:
    number += 1
    write_atomically(Path(sys.argv[1]), (str(number % 10) * 200_000).encode())
"""


def test_a_killed_writer_never_leaves_a_torn_file(tmp_path: Path) -> None:
    target = tmp_path / "list.json"
    for attempt in range(20):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(target)])
        wait_for(target)
        time.sleep(0.01 * (attempt % 5))
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        content = target.read_bytes()
        assert len(content) == 200_000 and len(set(content)) == 1


@pytest.fixture
def full_disk(tmp_path: Path):
    """A file system of 64 kB."""
    mount = tmp_path / "full"
    mount.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", mount], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"a tmpfs cannot be mounted here: {mounted.stderr.decode().strip()}")
    yield mount
    subprocess.run(["umount", mount], check=True)


def test_a_full_disk_is_one_clear_error_and_keeps_the_old_file(full_disk: Path) -> None:
    target = full_disk / "list.json"
    write_atomically(target, b"old")
    with pytest.raises(WorkspaceError, match="the disk is full; free some space"):
        write_atomically(target, os.urandom(200_000))
    assert target.read_bytes() == b"old"
    assert os.listdir(full_disk) == ["list.json"]


def test_records_are_json_a_person_can_read() -> None:
    body = json.loads(encode("fact", [Fact(name="cpus", value=2, source="sched_getaffinity")]))
    assert body == {
        "schema": 2,
        "kind": "fact",
        "records": [{"name": "cpus", "value": 2, "source": "sched_getaffinity"}],
    }


def test_conditions_hold_what_is_recorded_and_nothing_else() -> None:
    from tests.gates.builders import measurement

    known = Conditions(threads=1, contention=float("nan"), runtime={"version": "1"}, text=Text(window=64))
    content = encode("measurement", [measurement("latency_cpu", [1.0], conditions=known)])
    assert sorted(json.loads(content)["records"][0]["conditions"]) == ["contention", "runtime", "text", "threads"]
    (read,) = decode(content, Measurement, "x")
    assert encode("measurement", [read]) == content
    assert read.conditions.text == known.text and read.conditions.key is None


HOSTILE: tuple[dict[str, object], ...] = (
    {"interval_seconds": 0},
    {"interval_seconds": "inf"},
    {"seconds": []},
    {"kye": "x"},
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_conditions_that_no_run_records_are_malformed(hostile: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Conditions.model_validate(hostile)
