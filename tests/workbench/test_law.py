"""In a job for a pull request the base is the law, whatever the change says, and nobody has to ask for it."""

from pathlib import Path

import pytest

from tests.stages.project_folder import CONFIG, complaint, edgeci
from tests.stages.pull_request import JUDGED, base, commit, edit, git, in_a_job, worsen

CALIBRATION = """\
import numpy as np

def items():
    return {"x": np.full((5, 4), 0.5, np.float32)}, None, None
"""
CHEATING = """\
import numpy as np

def items():
    return {"x": np.load("PLACE")["x"][:3]}, None, None
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tmp_path / "project"


def outcomes(folder: Path) -> dict[str, str]:
    verdicts = edgeci(folder, "gate", "--replay", "--json").records
    return {f"{each['gate']['metric']} {each['gate']['against']}": each["outcome"] for each in verdicts}


def test_a_change_that_makes_the_model_worse_and_lowers_its_gates_fails(project: Path) -> None:
    based_on = base(project)
    worsen(project)
    edit(project, "limit: 0.95}", "limit: 0.01}")
    edit(project, "limit: 0.9, against: base}", "limit: 0.01, against: base}")
    commit(project, "change")
    done = in_a_job(project, based_on)
    assert done.code == 1, done.err
    assert "does not count: gates.rules.1.limit is 0.9 at" in done.err
    assert outcomes(project)["accuracy base"] == "failed"
    assert not (project / ".edgeci/release/cpu").exists()


def test_a_change_that_leaves_the_model_alone_passes(project: Path) -> None:
    based_on = base(project)
    (project / "README").write_text("words\n")
    commit(project, "change")
    done = in_a_job(project, based_on)
    assert done.code == 0, done.err
    assert set(outcomes(project).values()) == {"passed"}
    assert set(outcomes(project)) == {"accuracy unoptimized", "accuracy base", "peak_memory base"}


@pytest.mark.slow
def test_each_verb_alone_takes_the_law_too(project: Path) -> None:
    based_on = base(project)
    worsen(project)
    edit(project, "limit: 0.9, against: base}", "limit: 0.01, against: base}")
    commit(project, "change")
    for verb in ("assess", "plan", "optimize", "benchmark"):
        assert in_a_job(project, based_on, verb, "--quiet").code == 0, verb
    assert in_a_job(project, based_on, "gate").code == 1
    assert in_a_job(project, based_on, "report").code == 0
    assert in_a_job(project, based_on, "release").code == 1


@pytest.mark.slow
def test_what_was_measured_by_another_law_is_not_judged_by_this_one(project: Path) -> None:
    based_on = base(project)
    commit(project, "change")
    for verb in ("assess", "plan", "optimize", "benchmark"):
        ended = in_a_job(project, based_on, verb, "--against", "none", "--quiet")
        assert ended.code == (2 if verb == "benchmark" else 0)
    edit(project, ", against: base", "")
    assert in_a_job(project, based_on, "benchmark", "--against", "none", "--quiet").code == 0
    assert "measured by another law" in complaint(in_a_job(project, based_on, "gate"), 8)


def test_a_history_that_was_not_fetched_names_the_remedy(project: Path, tmp_path: Path) -> None:
    based_on = base(project)
    commit(project, "change")
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{project}", "shallow")
    assert "actions/checkout needs `fetch-depth: 0`" in complaint(in_a_job(tmp_path / "shallow", based_on, "assess"), 2)


@pytest.mark.parametrize("event", ["", "not a commit"])
def test_an_event_that_names_no_base_is_a_mistake(project: Path, event: str) -> None:
    base(project)
    assert "its event does not say what that is based on" in complaint(in_a_job(project, event, "assess"), 2)


def test_the_first_edgeci_yaml_brings_its_own_law(project: Path) -> None:
    base(project, CONFIG)
    git(project, "rm", "--quiet", "--cached", "edgeci.yaml")
    git(project, "commit", "--quiet", "--amend", "--message", "without")
    done = in_a_job(project, git(project, "rev-parse", "HEAD"), "assess")
    assert done.code == 0
    assert "so the change brings its own law" in done.err


def test_a_configuration_that_leads_elsewhere_is_no_first_one(project: Path) -> None:
    """The base's edgeci.yaml is looked up under the name that the job gives, not under the one it leads to."""
    based_on = base(project)
    (project / "edgeci.yaml").rename(project / "lenient.yaml")
    (project / "edgeci.yaml").symlink_to("lenient.yaml")
    assert "a symbolic link" in complaint(in_a_job(project, based_on, "assess"), 7)


def test_calibration_code_is_the_changes_own(project: Path) -> None:
    based_on = base(project)
    (project / "tuning.py").write_text(CALIBRATION)
    edit(project, "calibration: {path: calibration.npz}", "calibration: {python: 'tuning:items'}")
    commit(project, "change")
    for verb in ("assess", "plan", "optimize"):
        assert in_a_job(project, based_on, verb, "--quiet").code == 0


def test_calibration_code_that_a_change_alters_is_run_as_altered(project: Path) -> None:
    config = JUDGED.replace("calibration: {path: calibration.npz}", "calibration: {python: 'tuning:items'}")
    project.mkdir()
    (project / "tuning.py").write_text(CALIBRATION)
    based_on = base(project, config)
    (project / "tuning.py").write_text(CHEATING.replace("PLACE", str(project / "evaluation.npz")))
    assert in_a_job(project, based_on, "assess", "--quiet").code == 0
    assert "3 of 3 calibration items are evaluation items too" in complaint(in_a_job(project, based_on, "plan"), 2)


def test_data_that_the_base_does_not_hold_is_a_mistake_with_a_remedy(project: Path) -> None:
    """What lies in the working tree instead, the change may have brought."""
    base(project)
    git(project, "rm", "--quiet", "--cached", "evaluation.npz")
    git(project, "commit", "--quiet", "--amend", "--message", "base")
    based_on = git(project, "rev-parse", "HEAD")
    said = complaint(in_a_job(project, based_on, "assess"), 2)
    assert "data.evaluation evaluation.npz: not in the commit" in said
    assert "give an absolute path outside of the repository" in said


def test_data_that_git_lfs_keeps_is_fetched_first(project: Path) -> None:
    base(project)
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 5\n"
    (project / "evaluation.npz").write_text(pointer)
    based_on = commit(project, "base")
    assert f"run `git lfs fetch origin {based_on}` first" in complaint(in_a_job(project, based_on, "assess"), 2)
