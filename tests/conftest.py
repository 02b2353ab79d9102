"""Deterministic property tests, a third-party backend that every process of the tests can find, and which programs a
test may do without.
"""

import os
import shutil
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

FAKE_BACKENDS = str(Path(__file__).parent / "fake_backends")
settings.register_profile("deterministic", deadline=None, derandomize=True)
settings.load_profile("deterministic")

sys.path.append(FAKE_BACKENDS)
os.environ["PYTHONPATH"] = os.pathsep.join(part for part in (os.environ.get("PYTHONPATH"), FAKE_BACKENDS) if part)


PROGRAMS = ("bash", "git", "mount", "pgrep")
"""What tests start and pip does not bring."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    with skipping_what_needs_a_program():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    with skipping_what_needs_a_program():
        yield


@contextmanager
def skipping_what_needs_a_program() -> Iterator[None]:
    """A test that starts a program which is not there is skipped, and says so."""
    try:
        yield
    except FileNotFoundError as problem:
        if problem.filename in PROGRAMS and shutil.which(problem.filename) is None:
            pytest.skip(f"{problem.filename} is not installed")
        raise
