"""What the data say is told at `plan`, and by `run` before anything is made."""

from pathlib import Path

from tests.stages.project_folder import CONFIG, complaint, edgeci, small_project

STRICT = CONFIG.replace("limit: 0.95", "limit: 0.99")
SENTENCE = (
    "edgeci.yaml:11: accuracy retained 0.99 cannot pass: 100 items cannot show it even of a candidate that changes not "
    "one answer; bring at least 268, or set the limit to 0.9736"
)


def planned(folder: Path) -> str:
    assert edgeci(folder, "assess").code == 0
    done = edgeci(folder, "plan")
    assert done.code == 0, done.err
    return done.err


def test_a_gate_that_these_items_cannot_pass_is_told_at_plan_and_stops_nobody(tmp_path: Path) -> None:
    assert SENTENCE in planned(small_project(tmp_path, config=STRICT))


def test_items_that_can_decide_are_no_remark(tmp_path: Path) -> None:
    assert "cannot pass" not in planned(small_project(tmp_path))


def test_a_run_tells_it_once_and_before_it_makes_anything(tmp_path: Path) -> None:
    said = edgeci(small_project(tmp_path, config=STRICT), "run").err
    assert said.count("cannot pass: 100 items") == 1
    assert said.index(SENTENCE) < said.index("making it")


def test_data_that_are_not_there_are_told_at_plan(tmp_path: Path) -> None:
    small_project(tmp_path)
    assert edgeci(tmp_path, "assess").code == 0
    (tmp_path / "evaluation.npz").unlink()
    assert "evaluation.npz" in complaint(edgeci(tmp_path, "plan"), 2)


def test_items_that_would_tune_and_judge_are_told_at_plan(tmp_path: Path) -> None:
    small_project(tmp_path)
    assert edgeci(tmp_path, "assess").code == 0
    (tmp_path / "calibration.npz").write_bytes((tmp_path / "evaluation.npz").read_bytes())
    assert "calibration items are evaluation items too" in complaint(edgeci(tmp_path, "plan"), 2)


def test_a_job_matrix_needs_no_data(tmp_path: Path) -> None:
    small_project(tmp_path)
    (tmp_path / "evaluation.npz").unlink()
    assert edgeci(tmp_path, "plan", "--matrix").code == 0
