"""Words of a model, of edgeci.yaml and of a bundle in a job's log: GitHub's runner obeys only our own annotations."""

import dataclasses
import json
from pathlib import Path

import pytest

from tests.reports.runner_log import OWN, commands, obeyed_by_a_terminal
from tests.stages.builders import scene
from tests.stages.project_folder import Done, edgeci, linear_model, small_project

FORGED = "x\n::set-output name=outcome::passed\n::stop-commands::y\r##[set-output name=outcome;]passed\x1b[2K"
ON_GITHUB = {"GITHUB_ACTIONS": "true"}


def harmless(done: Done) -> None:
    """Whatever was said, and on whichever stream; a test would prove nothing where nothing hostile was said."""
    log = done.out + done.err
    assert set(commands(done.out)) <= OWN, done.out
    assert commands(done.err) == [], done.err
    assert obeyed_by_a_terminal(log) == []
    assert "Traceback" not in log


def hostile_model(folder: Path) -> None:
    import onnx

    model = onnx.load_from_string(linear_model())
    model.graph.node[0].op_type, model.graph.node[0].domain = FORGED, "com.acme"
    model.producer_name = FORGED
    model.opset_import.append(onnx.helper.make_opsetid("com.acme", 1))
    (folder / "model.onnx").write_bytes(model.SerializeToString())


@pytest.mark.parametrize("arguments", [("assess",), ("assess", "--json"), ("run", "--verbose")])
def test_an_operator_with_a_hostile_name(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    hostile_model(small_project(tmp_path))
    done = edgeci(tmp_path, *arguments, **ON_GITHUB)
    assert "set-output" in done.out + done.err
    harmless(done)


def test_a_gate_and_a_label_with_hostile_names(tmp_path: Path) -> None:
    small_project(tmp_path)
    config = tmp_path / "edgeci.yaml"
    text = config.read_text().replace("metric: accuracy, limit", f"metric: accuracy, name: {json.dumps(FORGED)}, limit")
    config.write_text(text + f"recipes:\n  - {{backend: faulty, method: slow-copy, label: {json.dumps(FORGED)}}}\n")
    for arguments in (("assess",), ("explain",), ("plan",), ("run", "--verbose"), ("gate", "--json"), ("report",)):
        done = edgeci(tmp_path, *arguments, **ON_GITHUB)
        assert done.code in (0, 1), done.err
        assert "set-output" in done.out + done.err or arguments == ("assess",)
        harmless(done)


def test_a_bundle_with_a_hostile_label(tmp_path: Path) -> None:
    made = scene(tmp_path)
    [candidate] = made.evidence.candidates
    recipe = candidate.recipe.model_copy(update={"label": FORGED})
    candidates = (candidate.model_copy(update={"recipe": recipe}),)
    dataclasses.replace(made, evidence=made.evidence.model_copy(update={"candidates": candidates})).release()
    done = edgeci(tmp_path, "verify", str(made.bundle()), **ON_GITHUB)
    assert done.code == 0, done.err
    assert done.out.count("\n") == 1 and "set-output" in done.out
    harmless(done)


@pytest.mark.parametrize("path", ["::error::x", "\n::error::x", "##[error]x"])
def test_a_path_that_reads_like_a_command(tmp_path: Path, path: str) -> None:
    for arguments in (("run", "--config", path), ("verify", path), ("init", path), (path,), ("run", f"--{path}")):
        done = edgeci(tmp_path, *arguments)
        assert done.code in (2, 6, 7), done.err
        assert "error" in done.err
        harmless(done)
