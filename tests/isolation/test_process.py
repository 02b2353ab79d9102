"""A worker may die in any way; its parent says how in one sentence and goes on."""

import os
import sys
import tempfile
import time
from pathlib import Path

import pytest

from edgeci.config import Limits
from edgeci.errors import BackendFailed, BackendMissing, InputRejected, Interruption, WorkspaceError
from edgeci.isolation import process
from edgeci.isolation.answers import LARGEST_BYTES
from edgeci.isolation.kept_workers import KeptWorkers
from edgeci.isolation.process import Worker, ask_once
from edgeci.isolation.worker_folder import FOLDER_PREFIX
from edgeci.types import Recipe
from edgeci.work.reading import assess
from tests.isolation import faults

LIMITS = Limits(timeout_seconds=20, memory_mb=2048)


def fault(name: str, limits: Limits = LIMITS, answer_bytes: int = LARGEST_BYTES, **arguments):
    return ask_once(Worker(limits, answer_bytes=answer_bytes), getattr(faults, name), **arguments)


def test_a_task_answers_with_json() -> None:
    assert fault("echo", value={"a": [1, None, "ü"]}) == {"a": [1, None, "ü"]}


def test_one_worker_answers_many_requests() -> None:
    with Worker(LIMITS) as worker:
        assert [worker.ask(faults.echo, value=number) for number in range(5)] == list(range(5))


def test_what_a_framework_prints_does_not_disturb_the_answer() -> None:
    assert fault("shout") == "said"


def test_a_crash_is_named_by_its_signal_with_the_last_lines() -> None:
    with pytest.raises(BackendFailed, match=r"crashed \(SIGSEGV\)") as caught:
        fault("crash")
    assert not isinstance(caught.value, Interruption), "it lies in the model or the backend"


def test_a_kill_is_said_to_be_memory_most_likely() -> None:
    with pytest.raises(Interruption, match=r"killed \(SIGKILL\), most likely for memory"):
        fault("be_killed")


def test_a_hang_is_stopped_after_the_time_limit() -> None:
    with pytest.raises(Interruption, match=r"no answer within 0\.5 s, stopped"):
        fault("hang", Limits(timeout_seconds=0.5))


def test_memory_beyond_the_limit_is_refused_by_the_system() -> None:
    with pytest.raises(Interruption, match=r"out of memory \(limit 2048 MB\)"):
        fault("exhaust")


def test_a_silent_exit_is_not_an_answer() -> None:
    with pytest.raises(BackendFailed, match="ended with exit code 3 and no answer"):
        fault("leave")


def test_an_answer_that_is_not_json_is_a_failure() -> None:
    with pytest.raises(BackendFailed, match="Unable to serialize unknown type"):
        fault("unserializable")


def test_an_unknown_task_is_a_failure_with_its_name() -> None:
    with Worker(LIMITS) as worker, pytest.raises(BackendFailed, match="no_such_function"):
        worker.exchange({"function": f"{faults.__name__}:no_such_function", "wants_held": False, "arguments": {}})


def test_our_own_errors_cross_as_themselves(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"\x08\x08broken")
    with pytest.raises(InputRejected, match="not an ONNX model"):
        ask_once(Worker(LIMITS), assess, str(tmp_path / "model.onnx"))


def test_a_worker_that_is_gone_says_so_when_asked_again() -> None:
    with Worker(LIMITS) as worker:
        with pytest.raises(BackendFailed):
            worker.ask(faults.leave)
        with pytest.raises(BackendFailed):
            worker.ask(faults.echo, value=1)


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


def test_a_worker_that_lets_go_of_its_parent_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "PARTING_SECONDS", 0.2)
    with pytest.raises(BackendFailed, match="let go of its parent"):
        fault("let_go")


def test_a_ring_without_an_end_is_not_waited_for() -> None:
    with pytest.raises(BackendFailed, match="unreadable answer"):
        fault("ring_without_an_end")


@pytest.mark.parametrize("name", ["disk_full", "disk_full_says_numpy", "disk_full_says_a_framework"])
def test_a_full_disk_is_the_workspaces_matter_whoever_says_so(name: str) -> None:
    with pytest.raises(WorkspaceError, match="the disk is full; free some space and run the same command again"):
        fault(name)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_an_answer_that_finds_no_room_says_so() -> None:
    with pytest.raises(WorkspaceError, match="the disk is full"):
        fault("no_room_for_the_answer")


def test_an_interpreter_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(BackendMissing, match="cannot be started"):
        ask_once(Worker(LIMITS, str(tmp_path / "python")), faults.echo, value=1)
    assert list(Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}{os.getpid()}-*")) == []


@pytest.mark.parametrize("name", ["answer_from_a_device", "answer_from_a_pipe", "answer_without_end"])
def test_an_answer_without_end_is_not_read(name: str) -> None:
    with pytest.raises(BackendFailed, match="unreadable answer"):
        fault(name)


def test_an_answer_may_be_as_large_as_the_question_says() -> None:
    assert len(fault("echo", value="x" * 1000, answer_bytes=2000)) == 1000
    with pytest.raises(BackendFailed, match=r"unreadable answer \(.*more than 500\)"):
        fault("echo", value="x" * 1000, answer_bytes=500)


def test_a_module_in_the_callers_folder_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by the name of one of ours nor of Python's, nor through a search path that means that folder."""
    for name in ("edgeci.py", "json.py", "numpy.py", "sitecustomize.py", "usercustomize.py", "encodings.py"):
        (tmp_path / name).write_text(f"open({str(tmp_path / 'canary')!r}, 'w').close()\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", ".", os.environ["PYTHONPATH"]]))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "json.py"))
    places = fault("imports_from")
    assert not (tmp_path / "canary").exists()
    assert all(Path(place).is_absolute() and not place.startswith(str(tmp_path)) for place in places)


def test_pythons_own_modules_come_before_those_of_a_search_path(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text(f"open({str(tmp_path / 'canary')!r}, 'w').close()\n")
    (tmp_path / "brought_along.py").write_text("VALUE = 7\n")
    with Worker(LIMITS, search_path=[str(tmp_path)]) as worker:
        assert str(tmp_path) in worker.ask(faults.imports_from)
    assert not (tmp_path / "canary").exists()


def test_what_a_worker_puts_into_tmpdir_goes_with_it() -> None:
    with Worker(LIMITS) as worker:
        left = Path(worker.ask(faults.leave_something_in_tmpdir))
        assert left.exists()
        assert left.is_relative_to(worker.folder) or left.parent.name.startswith(FOLDER_PREFIX)
    assert not left.exists()


def test_no_folder_is_left_behind() -> None:
    with Worker(LIMITS) as worker:
        folder = worker.folder
        worker.ask(faults.echo, value=1)
    assert not folder.exists()


def test_a_kept_worker_answers_several_requests_of_its_name() -> None:
    with KeptWorkers(LIMITS) as workers:
        first, second = (workers.ask("one", sys.executable, faults.process) for _ in range(2))
        assert first == second
        assert workers.ask("other", sys.executable, faults.process) != first
        assert workers.ask(None, sys.executable, faults.process) != first
        running = {worker.process for worker in workers.workers.values()}
    assert all(process.poll() is not None for process in running)


@pytest.mark.parametrize("fault", ["crash", "refuse"])
def test_what_fails_takes_its_kept_worker_along(fault: str) -> None:  # though it only raised: who knows what it left
    with KeptWorkers(LIMITS) as workers:
        first = workers.ask("one", sys.executable, faults.process)
        with pytest.raises(BackendFailed):
            workers.ask("one", sys.executable, getattr(faults, fault))
        assert workers.ask("one", sys.executable, faults.process) != first


def test_an_argument_arrives_and_a_result_returns_as_the_hints_say(tmp_path: Path) -> None:
    recipe = Recipe(backend="faulty", method="as-is", options={"x": [1, None]})
    with Worker(LIMITS) as worker:
        assert worker.ask(faults.relabelled, recipe, tmp_path) == recipe.model_copy(update={"label": tmp_path.name})


def test_not_a_number_stays_one() -> None:
    with Worker(LIMITS) as worker:
        low, high, nothing = worker.ask(faults.echo_numbers, [float("-inf"), float("inf"), float("nan")])
    assert (low, high) == (float("-inf"), float("inf"))
    assert nothing != nothing


def test_an_answer_of_another_type_than_the_hint_says_is_a_failure() -> None:
    with pytest.raises(BackendFailed, match=r"unreadable answer \(Input should be a valid integer"):
        fault("lie_about_a_number")


def test_what_a_worker_holds_is_its_own_and_stays(tmp_path: Path) -> None:
    with Worker(LIMITS) as one, Worker(LIMITS) as other:
        assert [one.ask_held(faults.hold_one_more) for _ in range(3)] == [1, 2, 3]
        assert other.ask_held(faults.hold_one_more) == 1


def test_a_third_partys_own_error_is_its_nearest_known_ancestor() -> None:
    with pytest.raises(InputRejected, match="own words"):
        fault("raise_an_error_of_its_own")
    with pytest.raises(BackendFailed, match="nobody's child"):
        fault("raise_an_orphan")
