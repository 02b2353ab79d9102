"""A value arrives as it is, or is refused: never as another one."""

from typing import Any

import numpy as np
import pytest

from edgeci.errors import ConfigError
from edgeci.evaluation.casting import cast


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (np.array([0.25, 0.75], np.float32), "uint8"),
        (np.array([-1]), "uint8"),
        (np.array([300]), "uint8"),
        (np.array([256.0]), "uint8"),
        (np.array([0.7]), "int64"),
        (np.array([2**40]), "int32"),
        (np.array([2]), "bool"),
        (np.array([0.5]), "bool"),
        (np.array([np.nan]), "int32"),
        (np.array([np.inf]), "int64"),
        (np.array([-1]), "uint64"),
        (np.array([70000.0]), "float16"),
        (np.array([70000]), "float16"),
        (np.array([1e300]), "float32"),
        (np.array([65535], np.uint16), "int16"),
    ],
)
def test_a_value_that_would_change_is_refused(values: Any, dtype: str) -> None:
    with pytest.raises(ConfigError, match=f"takes {dtype}, and the data's .* would become"):
        cast(values, dtype, "input 'x'")


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (np.array([0.0, 255.0]), "uint8"),
        (np.array([True, False]), "float32"),
        (np.array([0, 1]), "bool"),
        (np.array([1.0, 0.0]), "bool"),
        (np.array([0.1, np.nan, -np.inf]), "float32"),
        (np.array([3.0, -7.0]), "int64"),
        (np.array([2**24], np.int32), "float32"),
        (np.array(5), "int64"),
        (np.array([65504.0]), "float16"),
    ],
)
def test_a_conversion_that_loses_nothing_is_done(values: Any, dtype: str) -> None:
    made = cast(values, dtype, "input 'x'")
    assert made.dtype == dtype
    np.testing.assert_allclose(made.astype(float), values.astype(float), rtol=1e-3)


def test_a_text_goes_where_texts_are_taken_and_nowhere_else() -> None:
    assert cast(np.array(["a", "b"]), "string", "x").tolist() == ["a", "b"]
    with pytest.raises(ConfigError, match="takes float32, an item has text"):
        cast(np.array(["a"]), "float32", "input 'x'")
    with pytest.raises(ConfigError, match="takes string, an item has int64"):
        cast(np.array([1]), "string", "input 'x'")
