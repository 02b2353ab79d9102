import json
from pathlib import Path

import pytest

from edgeci.errors import ConfigError
from edgeci.evaluation.embeddings import refuse_without_items, tokenize
from edgeci.evaluation.text_items import TextSamples, load_samples
from edgeci.types import DataSource, Text
from tests.evaluation.test_text import Bytes

START, END = 256, 257


def read(folder: Path, *rows: object, window: int = 8, **source: object) -> TextSamples:
    (folder / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tokenize(DataSource(path="items.jsonl", **source), folder, Bytes(), Text(window=window))


def test_every_different_text_is_one_item_with_what_the_model_wants_around_it(tmp_path: Path) -> None:
    samples = read(tmp_path, {"text": "abc"}, {"query": "q", "passage": "abc"})
    assert samples.windows == ((START, *b"abc", END), (START, *b"q", END))
    assert samples.pairs == ((1, 0),)
    assert samples.texts == ("abc", "q")


def test_a_long_text_is_cut_and_keeps_its_end_token(tmp_path: Path) -> None:
    assert read(tmp_path, {"text": "abcdefghijkl"}).windows == ((START, *b"abcdef", END),)


def test_texts_that_are_cut_are_counted(tmp_path: Path) -> None:
    (remark,) = read(tmp_path, {"text": "abcdefghijkl"}, {"query": "abcdefghijkl", "passage": "b"}).remarks
    assert remark == "items.jsonl: 1 of 2 texts have more than text.window (8) tokens and are cut"
    assert read(tmp_path, {"text": "abcdef"}).remarks == ()


class Deaf(Bytes):
    """Sees no letters."""

    def whole(self, text: str) -> list[int]:
        return [START, END]


def test_a_text_that_the_tokenizer_does_not_see_is_refused(tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("one")
    with pytest.raises(ConfigError, match=r"texts\.txt:1: an empty text has no meaning to embed"):
        tokenize(DataSource(path="texts.txt"), tmp_path, Deaf(), Text(window=8))


def test_a_text_file_holds_a_text_a_line(tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("one\n\ntwo\nthree\n")
    samples = tokenize(DataSource(path="texts.txt", limit=2), tmp_path, Bytes(), Text(window=8))
    assert samples.texts == ("one", "two")


def test_what_was_saved_is_what_is_read(tmp_path: Path) -> None:
    samples = read(tmp_path, {"query": "q", "passage": "p", "topic": "t"}, slices="topic")
    samples.save(tmp_path / "saved.json")
    assert load_samples(tmp_path / "saved.json") == samples
    assert samples.slices == ("t",)


def test_other_pairs_of_the_same_texts_are_other_items(tmp_path: Path) -> None:
    there = read(tmp_path, {"query": "a", "passage": "b"}, {"query": "c", "passage": "d"})
    crossed = read(tmp_path, {"query": "a", "passage": "d"}, {"query": "c", "passage": "b"})
    assert there.digests() != crossed.digests()


def test_calibration_texts_are_not_taken_for_evaluation_texts_because_they_stand_at_the_same_place(
    tmp_path: Path,
) -> None:
    judging, tuning = (read(tmp_path, {"query": text, "passage": f"{text}!"}) for text in "ab")
    assert not set(judging.digests()) & set(tuning.digests())


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"txt": "a"}, r"items.jsonl:1: give text, or query with passage"),
        ({"query": "a"}, r"items.jsonl:1: give text, or query with passage"),
        ({"text": " "}, r"items.jsonl:1: an empty text has no meaning"),
        ({"query": "a", "passage": ""}, r"items.jsonl:1: an empty text has no meaning"),
    ],
)
def test_a_line_that_is_no_item_is_named(tmp_path: Path, row: object, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        read(tmp_path, row)


@pytest.mark.parametrize(
    ("metric", "complaint"),
    [
        ("accuracy", "accuracy needs pairs"),
        ("f1_macro", "f1_macro is not measured of embedding models"),
        ("cross_entropy", "cross_entropy is not measured of embedding models"),
    ],
)
def test_a_metric_without_items_is_refused(tmp_path: Path, metric: str, complaint: str) -> None:
    samples = read(tmp_path, {"text": "a"}, {"query": "q", "passage": "p"})
    refuse_without_items("cosine_distance", samples)
    with pytest.raises(ConfigError, match=complaint):
        refuse_without_items(metric, samples)
