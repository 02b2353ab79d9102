"""Threads without cores: an error at once where they would run, and none where somebody else's machine has them."""

from pathlib import Path

import pytest

from tests.stages.project_folder import CONFIG, complaint, edgeci, small_project

TWO = CONFIG.replace(
    "  - name: cpu\n    backends: [faulty]\n",
    "  - name: cpu\n    backends: [faulty]\n  - name: server\n    backends: [faulty]\n    threads: 4000\n",
)


@pytest.mark.parametrize("verb", ["optimize", "benchmark", "run"])
def test_more_threads_than_cores_are_refused_before_any_work(verb: str, tmp_path: Path) -> None:
    said = complaint(edgeci(small_project(tmp_path, config=TWO), verb), 2)
    assert "edgeci.yaml:10:5: 4000 threads, and this machine runs " in said
    assert "work on server where its cores are" in said


def test_a_matrix_is_planned_on_any_machine(tmp_path: Path) -> None:
    small_project(tmp_path, config=TWO)
    assert edgeci(tmp_path, "assess").code == 0
    assert edgeci(tmp_path, "plan", "--matrix").code == 0
