"""Deterministic property tests, a third-party backend that every process of the tests can find, and who runs where."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

SABOTEUR = str(Path(__file__).parent / "saboteur")
settings.register_profile("deterministic", deadline=None, derandomize=True)
settings.load_profile("deterministic")

sys.path.append(SABOTEUR)
os.environ["PYTHONPATH"] = os.pathsep.join(part for part in (os.environ.get("PYTHONPATH"), SABOTEUR) if part)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A module's tests share what its fixtures made, so one process runs them all; the longest has no such fixtures."""
    for item in items:
        module = item.nodeid.partition("::")[0]
        if not module.endswith("test_conformance.py"):
            item.add_marker(pytest.mark.xdist_group(module))
