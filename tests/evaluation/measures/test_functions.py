"""A score of the project's own."""

from pathlib import Path

import numpy as np
import pytest

from edgeci.errors import ConfigError
from edgeci.evaluation.measures import functions
from edgeci.evaluation.readers.functions import imported
from edgeci.types import Tensor
from tests.evaluation.measures.builders import items, taken

OUTPUTS = tuple(Tensor(name=name, dtype="float32", shape=("n", 2)) for name in ("angle", "speed"))


def scored(folder: Path, body: str, label: object = 3, **held: object) -> float:
    name = f"scores_{len(body)}"
    (folder / f"{name}.py").write_text(f"def score(outputs, label):\n    {body}\n")
    given = [np.array([1.0, 2.0]), np.array([5.0, 7.0])]
    return taken(f"{name}:score", given, label, items(**held), folder=str(folder), outputs=OUTPUTS).sample  # type: ignore[arg-type]


def test_it_gets_every_output_by_name_and_the_label(tmp_path: Path) -> None:
    assert scored(tmp_path, "return outputs['speed'].max() - label") == 4


def test_a_label_that_is_a_text_comes_as_one(tmp_path: Path) -> None:
    assert scored(tmp_path, "return label == 'dog'", 1, classes=("cat", "dog")) == 1


def test_what_it_raises_is_told_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"metric scores_.*:score: raised KeyError: 'nowhere'"):
        scored(tmp_path, "return outputs['nowhere']")


def test_too_little_memory_is_no_mistake_of_the_function(tmp_path: Path) -> None:
    with pytest.raises(MemoryError):
        scored(tmp_path, "raise MemoryError")


def test_no_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="raised TypeError"):
        scored(tmp_path, "return None")


def test_another_text_of_it_is_another_metric(tmp_path: Path) -> None:
    (tmp_path / "mine_a.py").write_text("def score(outputs, label):\n    return 1\n")
    first = functions.digest("mine_a:score", str(tmp_path))
    (tmp_path / "mine_a.py").write_text("def score(outputs, label):\n    return 2\n")
    assert functions.digest("mine_a:score", str(tmp_path)) != first


def test_a_module_of_the_same_name_elsewhere_is_another(tmp_path: Path) -> None:
    for folder, number in (("base", 1), ("change", 2), ("base", 1)):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "namesake.py").write_text(f"def score(outputs, label):\n    return {number}\n")
        assert imported("namesake:score", tmp_path / folder)({}, None) == number
