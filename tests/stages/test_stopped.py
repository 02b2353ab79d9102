"""A run that is told to end says so in one line, leaves nothing behind, and goes on when it is run again."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from edgeci.errors import ExitCode
from edgeci.isolation.worker_folder import FOLDER_PREFIX
from tests.stages.project_folder import edgeci, recipe, small_project


@dataclass(frozen=True)
class Ended:
    """A run that was told to end, and whom it had started."""

    pid: int
    code: int
    last_line: str
    children: list[str]


def children_of(pid: int) -> Iterator[str]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        yield from (task / "children").read_text().split()


HEARING = """\
import os, signal, sys
signal.signal(int(sys.argv[1]), signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""
"""Whoever runs the tests may ignore the signal (nohup), and what is ignored stays so."""


def stopped_by(number: signal.Signals, folder: Path, sign: str) -> Ended:
    """Start a run and send it a signal as soon as it has said something and a worker runs."""
    with subprocess.Popen(
        [sys.executable, "-c", HEARING, str(number.value), "-m", "edgeci.cli", "run", "--verbose"],
        cwd=folder,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env=os.environ,
    ) as process:
        assert process.stderr is not None
        lines, children = [], []
        for line in process.stderr:
            lines.append(line)
            if sign in line and not children:
                while process.poll() is None and not children:
                    children = list(children_of(process.pid))
                process.send_signal(number)
        return Ended(process.pid, process.wait(), lines[-1], children)


def is_alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_told_to_end_leaves_no_worker_no_lock_and_nothing_half_written(
    tmp_path: Path, number: signal.Signals
) -> None:
    small_project(tmp_path, recipe("slow-copy"))
    ended = stopped_by(number, tmp_path, "measuring")
    assert ended.code == ExitCode.TERMINATED == 143
    assert ended.last_line == f"edgeci: stopped by {number.name}; run the same command again to go on\n"
    assert ended.children
    assert [pid for pid in ended.children if is_alive(pid)] == []
    assert list(Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}{ended.pid}-*")) == []
    assert [path.name for path in (tmp_path / ".edgeci").rglob(".*") if path.name != ".gitignore"] == []
    again = edgeci(tmp_path, "run", "--json")
    assert (again.code, again.records[0]["outcome"]) == (1, "failed"), again.err


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    code = (
        "import signal\n"
        "from edgeci.commands.stopping import stoppable\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "with stoppable():\n"
        "    signal.raise_signal(signal.SIGHUP)\n"
        "print('went on')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "went on\n"


def test_a_second_signal_does_not_interrupt_the_tidying_up() -> None:
    code = (
        "import signal\n"
        "from edgeci.commands.stopping import Stopped, stoppable\n"
        "try:\n"
        "    with stoppable():\n"
        "        try:\n"
        "            signal.raise_signal(signal.SIGTERM)\n"
        "        finally:\n"
        "            signal.raise_signal(signal.SIGHUP)\n"
        "            print('tidied up', flush=True)\n"
        "except Stopped as stopped:\n"
        "    print(stopped.name)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "tidied up\nSIGTERM\n"


def test_who_loses_the_exception_is_told_again() -> None:
    code = (
        "import signal, time\n"
        "from edgeci.commands import stopping\n"
        "stopping.PATIENCE_SECONDS = 0.01\n"
        "try:\n"
        "    with stopping.stoppable():\n"
        "        try:\n"
        "            signal.raise_signal(signal.SIGTERM)\n"
        "        except BaseException:\n"
        "            time.sleep(60)\n"
        "except stopping.Stopped as stopped:\n"
        "    print(stopped.name)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout == "SIGTERM\n"


def test_importing_the_command_line_takes_no_signal() -> None:
    code = "import signal, edgeci.cli; print(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
