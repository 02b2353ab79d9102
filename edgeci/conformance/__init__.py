"""What every backend must keep to, as checks that a third-party backend runs with one import.

import pytest
from edgeci.conformance import checks

@pytest.mark.parametrize("check", checks("my_backend"), ids=str)
def test_my_backend_conforms(check):
    check()
"""

from edgeci.conformance.subject import Nonconformity
from edgeci.conformance.suite import Check, checks

__all__ = ["Check", "Nonconformity", "checks"]
