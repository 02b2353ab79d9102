"""Nothing of a job's environment reaches a worker or pip by inheritance."""

import os
from pathlib import Path

import pytest

from edgeci.config import Limits
from edgeci.errors import ConfigError
from edgeci.isolation.process import Worker, ask_once
from edgeci.isolation.surroundings import FOR_ALL, FOR_PIP, FOR_WORKERS, for_pip, for_worker, matches
from tests.isolation import faults

SECRETS = (
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "ACTIONS_RUNTIME_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AZURE_CLIENT_SECRET",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "HF_TOKEN",
    "NVIDIA_API_KEY",
    "OPENAI_API_KEY",
    "OV_API_KEY",
    "MLX_TOKEN",
    "SSH_AUTH_SOCK",
    "INPUT_PASSWORD",
    "EDGECI_GATE_CONFIG",
    "PYTHONPATH",
    "PYTHONHOME",
)


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, "canary")


def test_a_worker_sees_no_secret_of_the_job(secrets: None) -> None:
    seen = ask_once(Worker(Limits(timeout_seconds=20)), faults.environment)
    assert "canary" not in seen.values()
    assert seen["PATH"] and seen["HF_HUB_OFFLINE"] == "1"


def test_pip_sees_no_secret_of_the_job(secrets: None) -> None:
    assert "canary" not in for_pip({"CMAKE_ARGS": "-DX=1"}).values()


def test_what_backends_are_steered_with_reaches_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("LLAMA_CPP_LIB_PATH", "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "LD_LIBRARY_PATH", "XDG_CACHE_HOME")
    for name in (*names, "LC_ALL", "HOME", "OV_CACHE_DIR", "EDGECI_ENVIRONMENTS"):
        monkeypatch.setenv(name, str(tmp_path))
        assert for_worker((), tmp_path)[name] == str(tmp_path)


def test_a_name_in_edgeci_yaml_is_passed_on_and_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_LICENSE_SERVER", "here")
    monkeypatch.setenv("MY_OTHER", "there")
    limits = Limits(timeout_seconds=20, environment=("MY_LICENSE_SERVER", "NOT_SET"))
    seen = ask_once(Worker(limits), faults.environment)
    assert seen["MY_LICENSE_SERVER"] == "here"
    assert not {"MY_OTHER", "NOT_SET"} & set(seen)


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL"])
def test_what_is_the_runners_is_not_had_by_asking(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "canary")
    with pytest.raises(ConfigError, match=rf"limits\.environment: {name} belongs to the runner"):
        ask_once(Worker(Limits(environment=(name,))), faults.environment)


def test_programs_are_not_looked_up_in_a_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join(["", ".", "bin", "/usr/bin", ""]))
    assert for_worker((), tmp_path)["PATH"] == for_pip({})["PATH"] == "/usr/bin"


def test_pip_gets_what_it_fetches_with_and_what_the_user_builds_with(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIP_INDEX_URL", "https_proxy", "SSL_CERT_FILE", "CFLAGS", "CMAKE_GENERATOR", "CMAKE_ARGS"):
        monkeypatch.setenv(name, "the user's")
    assert (
        for_pip({"CMAKE_ARGS": "ours", "FORCE_CMAKE": "ours"}).items()
        >= {
            "PIP_INDEX_URL": "the user's",
            "CMAKE_ARGS": "the user's",
            "FORCE_CMAKE": "ours",
        }.items()
    )


def test_every_name_is_in_one_row() -> None:
    for tables in ((FOR_ALL, FOR_WORKERS), (FOR_ALL, FOR_PIP)):
        names = [name for table in tables for row in table.values() for name in row.split()]
        assert len(names) == len(set(names))
        assert not any(matches(secret, names) for secret in SECRETS)
