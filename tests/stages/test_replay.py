"""Every verdict can be recomputed from the stored samples, bit for bit; a changed one is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.stages.project_folder import edgeci, small_project


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("judged")
    small_project(folder)
    assert edgeci(folder, "run", "--quiet").code == 1
    return folder


def edit(folder: Path, name: str, change: Any) -> bytes:
    """Change the first record of a list; return what it was."""
    path = folder / ".edgeci" / f"{name}.json"
    before = path.read_bytes()
    body = json.loads(before)
    change(body["records"])
    path.write_text(json.dumps(body))
    return before


def test_untouched_verdicts_are_what_their_samples_give(judged: Path) -> None:
    done = edgeci(judged, "gate", "--replay", "--json")
    assert done.code == 0, done.err
    assert len(done.records) == 2


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("verdicts", lambda records: records[1].update(outcome="passed")),
        ("verdicts", lambda records: records[0].update(value=records[0]["value"] * (1 + 1e-15))),
        ("verdicts", lambda records: records[1].update(reason="trust me")),
        (
            "measurements",
            lambda records: [
                each.update(samples=[value * 1.001 for value in each["samples"]])
                for each in records
                if each["metric"] == "latency_cpu"
            ],
        ),
        ("measurements", lambda records: records.clear()),
    ],
)
def test_what_was_changed_after_judging_is_refused(judged: Path, name: str, change: Any) -> None:
    before = edit(judged, name, change)
    try:
        done = edgeci(judged, "gate", "--replay")
        assert done.code == 7
        assert "its samples give" in done.err
    finally:
        (judged / ".edgeci" / f"{name}.json").write_bytes(before)


def test_replay_without_verdicts_names_the_verb(tmp_path: Path) -> None:
    small_project(tmp_path)
    done = edgeci(tmp_path, "gate", "--replay")
    assert done.code == 8
    assert "run `edgeci gate` first" in done.err
