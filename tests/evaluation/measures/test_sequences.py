"""Symbols one after the other."""

import jiwer
import numpy as np
import pytest

from edgeci.errors import ConfigError
from edgeci.evaluation.measures import refuse_labels
from edgeci.evaluation.measures.sequences import best_path
from edgeci.evaluation.samples import Samples
from edgeci.metrics import METRICS
from edgeci.types import SymbolSequence
from tests.evaluation.measures.builders import items, taken

LETTERS = tuple("abc ")


def steps(path: list[int]) -> np.ndarray:
    """Scores of which these symbols are the likeliest."""
    return np.eye(5, dtype=np.float32)[path]


def held(text: str) -> Samples:
    return items(np.array([0]), classes=(text,), symbols=LETTERS)


def test_the_best_path_drops_repeats_and_blanks() -> None:
    assert best_path(steps([0, 1, 1, 0, 1, 2, 2, 0]), 0) == [1, 1, 2]


@pytest.mark.parametrize("shape", [(8, 5), (8, 1, 5), (1, 8, 5)])
def test_scores_are_read_whatever_dimension_of_one_is_among_them(shape: tuple[int, ...]) -> None:
    made = taken("cer", [steps([0, 1, 1, 0, 1, 2, 2, 0]).reshape(shape)], 0, held("aac"))
    assert made.row == (1.0, 3.0)


def test_the_blank_may_be_the_last_symbol() -> None:
    made = taken("sequence_exact", [steps([4, 0, 0, 4, 1])], 0, held("ab"), sequence=SymbolSequence(blank=-1))
    assert made.sample == 1


def test_words_and_letters_are_counted_as_jiwer_counts_them() -> None:
    said, true = "ab c  ba", "ab cc b"
    for metric, rate in (("cer", jiwer.cer(true, said)), ("wer", jiwer.wer(true, said))):
        made = taken(metric, [np.array([said])], 0, items(np.array([0]), classes=(true,)))
        assert made.sample == pytest.approx(made.row[0] / made.row[1]) == pytest.approx(rate, abs=0.15)


def test_ids_end_where_they_are_negative() -> None:
    assert taken("cer", [np.array([3, 1, -1, -1])], np.array([3, 2, 2, -1])).row == (2.0, 3.0)


def test_numbers_for_letters_need_their_names() -> None:
    with pytest.raises(ConfigError, match="say which symbol is which number"):
        taken("cer", [steps([0, 1])], 0, items(np.array([0]), classes=("a",)))


def test_too_few_names_are_told() -> None:
    named = items(np.array([0]), classes=("a",), symbols=("a", "b"))
    with pytest.raises(ConfigError, match="2 symbols are named, and the model scores 5, one of them the blank"):
        taken("cer", [steps([0, 1])], 0, named)


def test_labels_that_are_all_empty_are_refused() -> None:
    with pytest.raises(ConfigError, match="all are empty"):
        refuse_labels(METRICS["cer"], items(np.array([0, 0]), classes=("",)), "labels")
