"""A worker may die in any way; its parent says how in one sentence and goes on."""

import os
import time
from pathlib import Path

import pytest

from edgeci.config import Limits
from edgeci.errors import BackendFailed, InputRejected
from edgeci.isolation.process import KeptWorkers, Worker, ask_once

FAULTS = "tests.isolation.faults:"
LIMITS = Limits(timeout_seconds=20, memory_mb=2048)


def fault(name: str, limits: Limits = LIMITS, **arguments):
    return ask_once(FAULTS + name, limits, **arguments)


def test_a_task_answers_with_json() -> None:
    assert fault("echo", value={"a": [1, None, "ü"]}) == {"a": [1, None, "ü"]}


def test_one_worker_answers_many_requests() -> None:
    with Worker(LIMITS) as worker:
        assert [worker.ask(FAULTS + "echo", value=number) for number in range(5)] == list(range(5))


def test_what_a_framework_prints_does_not_disturb_the_answer() -> None:
    assert fault("shout") == "said"


def test_a_crash_is_named_by_its_signal_with_the_last_lines() -> None:
    with pytest.raises(BackendFailed, match=r"crashed \(SIGSEGV\)"):
        fault("crash")


def test_a_kill_is_said_to_be_memory_most_likely() -> None:
    with pytest.raises(BackendFailed, match=r"killed \(SIGKILL\), most likely for memory"):
        fault("be_killed")


def test_a_hang_is_stopped_after_the_time_limit() -> None:
    with pytest.raises(BackendFailed, match=r"no answer within 0\.5 s, stopped"):
        fault("hang", Limits(timeout_seconds=0.5))


def test_memory_beyond_the_limit_is_refused_by_the_system() -> None:
    with pytest.raises(BackendFailed, match=r"out of memory \(limit 2048 MB\)"):
        fault("exhaust")


def test_a_silent_exit_is_not_an_answer() -> None:
    with pytest.raises(BackendFailed, match="ended with exit code 3 and no answer"):
        fault("leave")


def test_an_answer_that_is_not_json_is_a_failure() -> None:
    with pytest.raises(BackendFailed, match="ended with exit code 1"):
        fault("unserializable")


def test_a_torn_answer_is_a_failure() -> None:
    with Worker(LIMITS) as worker:
        worker.ask(FAULTS + "echo", value=1)
        (worker.folder / "answer.json").write_text("{half")
        with pytest.raises(BackendFailed, match="unreadable answer"):
            worker.answer()


def test_an_unknown_task_is_a_failure_with_its_name() -> None:
    with pytest.raises(BackendFailed, match="no_such_task"):
        fault("no_such_task")


def test_our_own_errors_cross_as_themselves(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"\x08\x08broken")
    with pytest.raises(InputRejected, match="not an ONNX model"):
        ask_once("edgeci.isolation.tasks:assess", LIMITS, path=str(tmp_path / "model.onnx"))


def test_a_worker_that_is_gone_says_so_when_asked_again() -> None:
    with Worker(LIMITS) as worker:
        with pytest.raises(BackendFailed):
            worker.ask(FAULTS + "leave")
        with pytest.raises(BackendFailed):
            worker.ask(FAULTS + "echo", value=1)


def test_what_a_worker_started_ends_with_it(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    with pytest.raises(BackendFailed):
        fault("fork_and_hang", Limits(timeout_seconds=2), note=str(note))
    assert ends(int(note.read_text()))


def ends(pid: int) -> bool:
    """Gone, or a zombie that nobody has collected yet."""
    for _ in range(100):
        status = Path(f"/proc/{pid}/stat")
        if not status.exists() or status.read_text().split()[2] == "Z":
            return True
        time.sleep(0.05)
    os.kill(pid, 9)
    return False


def test_no_folder_is_left_behind() -> None:
    with Worker(LIMITS) as worker:
        folder = worker.folder
        worker.ask(FAULTS + "echo", value=1)
    assert not folder.exists()


def test_a_kept_worker_answers_several_requests_of_its_name() -> None:
    with KeptWorkers(LIMITS) as workers:
        first, second = (workers.ask("one", FAULTS + "process") for _ in range(2))
        assert first == second
        assert workers.ask("other", FAULTS + "process") != first
        assert workers.ask(None, FAULTS + "process") != first
        running = {worker.process for worker in workers.workers.values()}
    assert all(process.poll() is not None for process in running)


@pytest.mark.parametrize("fault", ["crash", "refuse"])
def test_what_fails_takes_its_kept_worker_along(fault: str) -> None:  # though it only raised: who knows what it left
    with KeptWorkers(LIMITS) as workers:
        first = workers.ask("one", FAULTS + "process")
        with pytest.raises(BackendFailed):
            workers.ask("one", FAULTS + fault)
        assert workers.ask("one", FAULTS + "process") != first
