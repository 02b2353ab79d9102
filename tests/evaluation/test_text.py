import json
import re
from pathlib import Path

import pytest

from edgeci.errors import ConfigError, InputRejected
from edgeci.evaluation.text import tokenize
from edgeci.evaluation.text_items import SHINGLE, TextSamples, load_samples
from edgeci.types import DataSource, Text


class Bytes:
    """A tokenizer: one id a byte, 256 where a context starts, 257 where an answer ends."""

    end_tokens = frozenset({257})

    def encode(self, text: str, is_start: bool) -> list[int]:
        return [256] * is_start + list(text.encode())

    def whole(self, text: str) -> list[int]:
        return [256, *text.encode(), 257]

    def decode(self, tokens: list[int]) -> str:
        return bytes(token for token in tokens if token < 256).decode()

    def in_chat(self, prompt: str) -> str:
        return f"<user>{prompt}</user>"


def read(folder: Path, *rows: object, text: Text | None = None, **source: object) -> TextSamples:
    (folder / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tokenize(DataSource(path="items.jsonl", **source), folder, Bytes(), text or Text(window=8))


def test_running_text_becomes_windows_of_one_length_that_each_start_a_context(tmp_path: Path) -> None:
    samples = read(tmp_path, {"text": "abcdefghijklmnopq"})
    assert samples.windows == ((256, *b"abcdefg"), (256, *b"hijklmn")), "a shorter rest is left out"


def test_a_text_file_is_one_running_text(tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_text("abcdefghijklmn")
    samples = tokenize(DataSource(path="book.txt"), tmp_path, Bytes(), Text(window=8))
    assert len(samples.windows) == 2


def test_questions_and_exercises_are_tokenized_with_their_prompt(tmp_path: Path) -> None:
    question = {"prompt": "1+1=", "choices": ["2", "3"], "label": 0}
    samples = read(tmp_path, question, {"prompt": "say a", "answer": " a "})
    assert samples.questions[0].prompt == (256, *b"1+1=")
    assert samples.questions[0].choices == ((ord("2"),), (ord("3"),))
    assert samples.exercises[0].answer == "a"
    assert len(samples) == 2


def test_a_question_with_an_answer_and_no_label_is_no_exercise(tmp_path: Path) -> None:
    """As benchmarks are exported: the answer is the letter of a choice, and nothing to be written."""
    samples = read(tmp_path, {"prompt": "1+1=", "choices": ["2", "3"], "answer": "B", "kind": "sum"}, slices="kind")
    assert [question.label for question in samples.questions] == [1]
    assert samples.exercises == ()
    assert samples.slices == ("sum",)


class Startless(Bytes):
    """Puts nothing in front of a text."""

    def encode(self, text: str, is_start: bool) -> list[int]:
        return list(text.encode())


@pytest.mark.parametrize("row", [{"prompt": "", "answer": "a"}, {"prompt": "", "choices": ["a", "b"], "label": 0}])
def test_an_empty_prompt_needs_a_token_that_starts_a_context(tmp_path: Path, row: dict[str, object]) -> None:
    assert read(tmp_path, row).prompts == ((256,),)
    with pytest.raises(ConfigError, match=r"items\.jsonl:1: the prompt '' has no tokens .* nothing to continue"):
        tokenize(DataSource(path="items.jsonl"), tmp_path, Startless(), Text(window=8))


def test_a_chat_template_is_put_around_prompts_only_where_it_is_asked_for(tmp_path: Path) -> None:
    row = {"prompt": "hi", "answer": "a"}
    asked = read(tmp_path, row, text=Text(window=8, chat_template=True))
    assert asked.exercises[0].prompt == (256, *b"<user>hi</user>")
    assert read(tmp_path, row).exercises[0].prompt == (256, *b"hi")


def test_what_was_saved_is_what_is_read(tmp_path: Path) -> None:
    rows = [{"text": "abcdefgh"}, {"text": "short"}, {"prompt": "p", "choices": ["2", "3"], "label": 1, "kind": "sum"}]
    samples = read(tmp_path, *rows, slices="kind")
    samples.save(tmp_path / "saved.json")
    assert load_samples(tmp_path / "saved.json") == samples
    assert samples.slices == ("sum",)
    assert len(samples.remarks) == 1


def test_a_stretch_of_shared_text_is_found_wherever_the_windows_lie(tmp_path: Path) -> None:
    shared = "the quick brown fox jumps over the lazy dog"
    settings = Text(window=80)
    here = read(tmp_path, {"text": "x" * 30 + shared + "y" * 30}, text=settings)
    there = read(tmp_path, {"text": "z" * 17 + shared + "w" * 30}, text=settings)
    elsewhere = read(tmp_path, {"text": "z" * 90}, text=settings)
    assert len(shared) > SHINGLE
    assert set(here.digests()) & set(there.digests())
    assert not set(here.digests()) & set(elsewhere.digests())


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"txt": "a"}, "give text, or prompt with choices and label, or prompt with answer; this has `txt`"),
        ([1], "give text, or prompt with choices and label, or prompt with answer; this is no object"),
        ({}, "this has nothing"),
        ({"question": "a", "choices": ["b", "c"], "answer": 0}, "this has `question`, `choices`, `answer`"),
        ({"prompt": "a", "choices": ["b", "c"]}, "this has `prompt`, `choices`"),
        ({"prompt": "a", "choices": ["b", "c"], "label": None}, "`label` is None"),
        ({"prompt": "a", "choices": {"text": ["b", "c"]}, "label": 0}, "`choices` is {'text': ['b', 'c']}"),
        ({"prompt": "a", "choices": ["b", "c"], "answer": 1.0}, "`answer` is 1.0"),
        ({"prompt": "a", "choices": ["b"], "label": 0}, "a question needs two `choices` or more, each a text"),
        ({"prompt": "a", "choices": ["b", ""], "label": 0}, "none empty"),
        ({"prompt": "a", "choices": ["b", " \n"], "label": 0}, "none empty"),
        ({"prompt": "a", "choices": ["b", 3], "label": 0}, "each a text"),
        ({"prompt": "a", "answer": ""}, "an empty `answer`"),
        ({"prompt": "a", "answer": " \n\t"}, "an empty `answer`"),
    ],
)
def test_a_line_that_is_no_item_is_named(tmp_path: Path, row: object, complaint: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(complaint)) as refusal:
        read(tmp_path, {"prompt": "a", "answer": "b"}, row)
    assert "items.jsonl:2: " in str(refusal.value)


def test_data_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "not-json.jsonl").write_text("{")
    (tmp_path / "latin.txt").write_bytes(b"\xff\xfe")
    (tmp_path / "empty.txt").write_text(" ")
    for name, kind, complaint in (
        ("not-json.jsonl", ConfigError, "not-json.jsonl:1: not JSON"),
        ("latin.txt", InputRejected, "not text in UTF-8"),
        ("empty.txt", ConfigError, "no items"),
        ("absent.txt", ConfigError, "not there"),
        ("data.npz", ConfigError, r"a \.txt or \.jsonl file"),
    ):
        with pytest.raises(kind, match=complaint):
            tokenize(DataSource(path=name), tmp_path, Bytes(), Text(window=8))


def test_a_text_shorter_than_a_window_is_no_item(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no text has 8 tokens; give longer texts or a smaller text\.window"):
        read(tmp_path, {"text": "abc"})


def test_texts_that_are_left_out_are_counted(tmp_path: Path) -> None:
    assert read(tmp_path, {"text": "abcdefgh"}, {"prompt": "a", "answer": "b"}).remarks == ()
    (remark,) = read(tmp_path, {"text": "abcdefgh"}, {"text": "abc"}, {"text": ""}).remarks
    assert "items.jsonl: 2 of 3 texts have fewer than 8 tokens and are left out" in remark


@pytest.mark.parametrize("name", ["items.jsonl", "items.txt"])
def test_a_byte_order_mark_is_no_part_of_a_text(tmp_path: Path, name: str) -> None:
    content = '{"text": "abcdefg"}\n' if name.endswith("jsonl") else "abcdefg"
    (tmp_path / name).write_text(content, encoding="utf-8-sig")
    assert tokenize(DataSource(path=name), tmp_path, Bytes(), Text(window=8)).windows == ((256, *b"abcdefg"),)
