"""Deterministic property tests, and a third-party backend that every process of the tests can find."""

import os
import sys
from pathlib import Path

from hypothesis import settings

SABOTEUR = str(Path(__file__).parent / "saboteur")

settings.register_profile("deterministic", deadline=None, derandomize=True)
settings.load_profile("deterministic")

sys.path.append(SABOTEUR)
os.environ["PYTHONPATH"] = os.pathsep.join(part for part in (os.environ.get("PYTHONPATH"), SABOTEUR) if part)
