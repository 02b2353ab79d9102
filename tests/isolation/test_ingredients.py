"""What an environment is made of."""

import importlib.metadata
from pathlib import Path

import pytest

from edgeci.isolation.ingredients import Ingredients, ingredients, pins

PLAIN = Ingredients(pins=("numpy>=2",))


@pytest.mark.parametrize(
    "other",
    [
        Ingredients(first=("torch==2",), pins=PLAIN.pins),
        Ingredients(pins=("numpy>=3",)),
        Ingredients(alone=PLAIN.pins),
        Ingredients(pins=PLAIN.pins, variables={"CMAKE_ARGS": "-DX=1"}),
    ],
)
def test_whatever_changes_what_comes_out_changes_the_key(other: Ingredients) -> None:
    assert other.key != PLAIN.key


def test_packages_are_installed_in_the_order_that_keeps_large_builds_out() -> None:
    made = Ingredients(first=("torch==2",), pins=("a", "b"), alone=("c",))
    assert made.layer == Ingredients(pins=("torch==2",))
    assert made.installs == (("a", "b"), ("--no-deps", "c"))


def test_a_layer_is_of_its_requirements_alone() -> None:
    one, other = Ingredients(first=("torch==2",), pins=("a",)), Ingredients(first=("torch==2",), pins=("b",))
    assert one.layer == other.layer
    assert one.key != other.key != Ingredients(first=("torch==3",), pins=("b",)).key


def test_an_extra_with_an_underscore_is_found_and_others_stay_out() -> None:
    pinned = pins("onnxruntime_genai")
    assert any(pin.startswith("onnxruntime-genai") for pin in pinned)
    assert any(pin.startswith("numpy") for pin in pinned), "what every worker needs"
    assert not any(pin.startswith(("pytest", "openvino", "edgeci")) for pin in pinned)


def test_a_requirement_is_asked_for_where_its_marker_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    declared = [
        "everywhere>=1",
        "nowhere; platform_system == 'Nowhere'",
        "mlx; (platform_system == 'Nowhere') and extra == 'mlx'",
        'mlx[cpu]==1; (platform_system != "Nowhere") and extra == "mlx"',
        "mlx-lm==2; extra == 'mlx'",
        "edgeci[onnxruntime]; extra == 'mlx'",
        "pytest; extra == 'dev'",
    ]
    installed = tmp_path / "edgeci-0.dist-info"
    installed.mkdir()
    lines = ["Metadata-Version: 2.1", "Name: edgeci", "Version: 0", *(f"Requires-Dist: {each}" for each in declared)]
    (installed / "METADATA").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(tmp_path)
    assert pins("mlx") == ["everywhere>=1", "mlx-lm==2", "mlx[cpu]==1"]


def test_every_backend_of_ours_has_an_extra_that_brings_more_than_the_core() -> None:
    core = set(pins("no such extra"))
    ours = [
        point for point in importlib.metadata.entry_points(group="edgeci.backends") if "edgeci.backends" in point.value
    ]
    assert ours
    for point in ours:
        assert set(ingredients(point.name).pins) - core, point.name
