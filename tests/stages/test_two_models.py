"""Two models in one job: neither overwrites the other's workspace and release."""

import shutil
from pathlib import Path

from tests.stages.project_folder import complaint, edgeci, small_project


def test_two_configurations_in_one_folder_need_two_workspaces(tmp_path: Path) -> None:
    small_project(tmp_path)
    shutil.copy(tmp_path / "edgeci.yaml", tmp_path / "other.yaml")
    assert edgeci(tmp_path, "assess").code == 0
    for verb in ("assess", "plan", "run"):
        said = complaint(edgeci(tmp_path, verb, "--config", "other.yaml"), 8)
        assert "holds the work and the release of edgeci.yaml, which other.yaml would overwrite" in said
        assert "`--workspace .edgeci-other`" in said
    assert edgeci(tmp_path, "assess", "--config", "other.yaml", "--workspace", ".edgeci-other").code == 0
    assert edgeci(tmp_path, "plan").code == 0


def test_two_folders_asked_from_above_need_two_workspaces(tmp_path: Path) -> None:
    for name in ("a", "b"):
        small_project(tmp_path / name)
    assert edgeci(tmp_path, "assess", "--config", "a/edgeci.yaml").code == 0
    said = complaint(edgeci(tmp_path, "assess", "--config", "b/edgeci.yaml"), 8)
    assert "holds the work and the release of a/edgeci.yaml" in said and "`--workspace b/.edgeci`" in said
    assert edgeci(tmp_path / "b", "assess").code == 0


def test_a_configuration_that_was_renamed_keeps_its_workspace(tmp_path: Path) -> None:
    small_project(tmp_path)
    assert edgeci(tmp_path, "assess").code == 0
    (tmp_path / "edgeci.yaml").rename(tmp_path / "model.yaml")
    assert edgeci(tmp_path, "plan", "--config", "model.yaml").code == 0


def test_the_same_configuration_may_be_named_in_any_way(tmp_path: Path) -> None:
    small_project(tmp_path)
    assert edgeci(tmp_path, "assess").code == 0
    assert edgeci(tmp_path, "plan", "--config", str(tmp_path / "edgeci.yaml")).code == 0
    assert (
        edgeci(
            tmp_path.parent,
            "plan",
            "--config",
            f"{tmp_path.name}/edgeci.yaml",
            "--workspace",
            f"{tmp_path.name}/.edgeci",
        ).code
        == 0
    )
