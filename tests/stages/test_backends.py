import json
import shutil
from pathlib import Path

import pytest

from edgeci.backends import registry
from edgeci.reports.installation import checks
from edgeci.stages.doctor import backends
from edgeci.types import Check, Installed
from tests.stages.project_folder import edgeci


def test_the_list_says_of_each_backend_whether_it_can_run_and_why_not(tmp_path: Path) -> None:
    done = edgeci(tmp_path, "backend", "list", "--json", EDGECI_ENVIRONMENTS=str(tmp_path))
    listed = {record["name"]: record for record in done.records}
    assert sorted(listed) == registry.names()
    assert listed["onnxruntime"]["state"] == "here" and listed["onnxruntime"]["versions"]["onnxruntime"]
    assert listed["bigram"]["kinds"] == ["text"]
    assert listed["unimportable"]["state"] == "unavailable"
    assert "cannot be imported" in listed["unimportable"]["reason"]
    missing = [record for record in listed.values() if record["state"] == "missing"]
    assert all(record["reason"].endswith(f"edgeci backend install {record['name']}`") for record in missing)


def test_installing_an_unknown_backend_is_a_mistake(tmp_path: Path) -> None:
    done = edgeci(tmp_path, "backend", "install", "onyx", EDGECI_ENVIRONMENTS=str(tmp_path))
    assert done.code == 2
    assert "unknown backend 'onyx'; known:" in done.err


def test_what_cannot_be_installed_names_the_last_words_of_pip(tmp_path: Path) -> None:
    done = edgeci(
        tmp_path,
        *("backend", "install", "onnxruntime"),
        EDGECI_ENVIRONMENTS=str(tmp_path),
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(tmp_path),
    )
    assert done.code == 4
    assert "onnxruntime: its environment cannot be made" in done.err
    again = edgeci(tmp_path, "backend", "list", "--json", EDGECI_ENVIRONMENTS=str(tmp_path))
    assert {record["name"]: record["state"] for record in again.records}["onnxruntime"] == "here"


def test_the_doctor_looks_at_machine_places_workers_and_backends(tmp_path: Path) -> None:
    done = edgeci(tmp_path, "doctor", "--json", EDGECI_ENVIRONMENTS=str(tmp_path))
    names = [record["name"] for record in done.records]
    assert done.code == 0
    assert {"edgeci", "python", "processor", "memory", "workspace", "workers", "priority", "onnxruntime"} <= set(names)
    assert shutil.which("docker") is None or "docker" in names
    states = {record["name"]: record["state"] for record in json.loads(done.out)["records"]}
    assert states["unimportable"] == "warning", "somebody else's broken backend is no problem of this machine"


def test_a_machine_where_no_backend_can_run_has_a_problem() -> None:
    states = [check.state for check in backends([Installed(name="a", state="missing", reason="no a")])]
    assert states == ["warning", "problem"]


@pytest.mark.parametrize("hostile", ["::error::x\ny", "\x1b[31mred"])
def test_hostile_text_stays_on_its_line(hostile: str) -> None:
    text = checks([Check(name="a", state="ok", message=hostile, remedy=hostile)])
    assert len(text.splitlines()) == 2 and "\x1b" not in text
