"""A folder's own tokenizer, built here by the same library that reads it."""

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from edgeci.errors import ConfigError, InputRejected
from edgeci.evaluation.huggingface_tokenizer import HuggingfaceTokenizer

WORDS = ["<s>", "</s>", "<|eot|>", "<unk>", "a", "b", "c"]
TEMPLATE = "{{ bos_token }}{{ messages[0].content }}"


def write(folder: Path, starts: bool = False, ends: bool = False, **files: Any) -> Path:
    """A tokenizer of words; `starts` and `ends` say what it puts around a text by itself."""
    made = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.add_special_tokens(WORDS[:3])
    single = " ".join(["<s>"] * starts + ["$A"] + ["</s>"] * ends)
    made.post_processor = processors.TemplateProcessing(single=single, special_tokens=[("<s>", 0), ("</s>", 1)])
    folder.mkdir(exist_ok=True)
    made.save(str(folder / "tokenizer.json"))
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


def test_text_becomes_ids_and_comes_back_without_special_tokens(tmp_path: Path) -> None:
    tokenizer = HuggingfaceTokenizer(write(tmp_path))
    assert tokenizer.encode("a c", True) == [4, 6]
    assert tokenizer.encode("a<|eot|>b", False) == [4, 2, 5], "a marker in the text is the token of that name"
    assert tokenizer.decode([0, 4, 6, 1]) == "a c"


@pytest.mark.parametrize(
    ("starts", "ends", "settings", "start"),
    [
        (True, False, {"bos_token": "<s>"}, [0]),
        (True, True, {"bos_token": {"content": "<s>"}}, [0]),
        (False, True, {"bos_token": "<s>"}, []),
        (False, False, {"bos_token": "<s>"}, []),
        (False, False, {"bos_token": "<s>", "add_bos_token": True}, [0]),
        (False, False, {"bos_token": "not in the vocabulary", "add_bos_token": True}, []),
        (False, False, {"bos_token": None, "add_bos_token": True}, []),
        (True, False, {}, []),
    ],
)
def test_a_context_starts_as_the_files_say(
    tmp_path: Path, starts: bool, ends: bool, settings: dict[str, Any], start: list[int]
) -> None:
    tokenizer = HuggingfaceTokenizer(write(tmp_path, starts, ends, tokenizer_config=settings))
    assert tokenizer.encode("a", True) == [*start, 4]
    assert tokenizer.encode("a", False) == [4]


def test_the_start_may_stand_in_the_config_or_in_the_map_of_special_tokens_alone(tmp_path: Path) -> None:
    by_id = HuggingfaceTokenizer(write(tmp_path / "id", starts=True, config={"bos_token_id": 0}))
    by_map = HuggingfaceTokenizer(write(tmp_path / "map", starts=True, special_tokens_map={"bos_token": "<s>"}))
    assert by_id.start == by_map.start == [0]


def test_an_answer_ends_at_every_token_that_any_file_calls_an_end(tmp_path: Path) -> None:
    files = {
        "tokenizer_config": {"eos_token": "</s>"},
        "config": {"eos_token_id": 1},
        "generation_config": {"eos_token_id": [1, 2, None, True, "3"]},
    }
    assert HuggingfaceTokenizer(write(tmp_path, **files)).end_tokens == {1, 2}
    assert HuggingfaceTokenizer(write(tmp_path / "none")).end_tokens == frozenset()


def test_what_a_training_run_left_in_the_file_cuts_and_fills_nothing(tmp_path: Path) -> None:
    made = Tokenizer.from_file(str(write(tmp_path) / "tokenizer.json"))
    made.enable_truncation(2)
    made.enable_padding(length=8)
    made.save(str(tmp_path / "tokenizer.json"))
    assert HuggingfaceTokenizer(tmp_path).encode("a b c", False) == [4, 5, 6]


def test_a_chat_template_is_read_from_wherever_it_is_kept(tmp_path: Path) -> None:
    named = [{"name": "tool_use", "template": "no"}, {"name": "default", "template": TEMPLATE}]
    alone = write(tmp_path / "alone", tokenizer_config={"bos_token": "<s>"})
    (alone / "chat_template.jinja").write_text(TEMPLATE)
    for folder in (
        alone,
        write(tmp_path / "text", tokenizer_config={"bos_token": "<s>", "chat_template": TEMPLATE}),
        write(tmp_path / "named", tokenizer_config={"bos_token": "<s>", "chat_template": named}),
        write(tmp_path / "file", tokenizer_config={"bos_token": "<s>"}, chat_template={"chat_template": TEMPLATE}),
    ):
        assert HuggingfaceTokenizer(folder).in_chat("a") == "<s>a"


def test_a_start_that_the_tokenizer_adds_is_not_in_the_chat_a_second_time(tmp_path: Path) -> None:
    settings = {"bos_token": "<s>", "chat_template": TEMPLATE}
    tokenizer = HuggingfaceTokenizer(write(tmp_path, starts=True, tokenizer_config=settings))
    assert tokenizer.encode(tokenizer.in_chat("a"), True) == [0, 4]


def test_a_folder_without_a_template_names_the_setting(tmp_path: Path) -> None:
    for chat_template in (None, 1, [], [{"name": "tool_use", "template": "x"}], ["x"]):
        folder = write(tmp_path, tokenizer_config={"chat_template": chat_template})
        with pytest.raises(ConfigError, match=r"set text\.chat_template: false"):
            HuggingfaceTokenizer(folder).in_chat("a")


@pytest.mark.parametrize(
    ("file", "content", "complaint"),
    [
        ("tokenizer.json", "{}", "not a tokenizer"),
        ("tokenizer.json", "\0", "not a tokenizer"),
        ("tokenizer_config.json", "{", "not JSON"),
        ("config.json", "[" * 100_000, "not JSON"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, file: str, content: str, complaint: str) -> None:
    write(tmp_path)
    (tmp_path / file).write_text(content)
    with pytest.raises(InputRejected, match=f"{file}: {complaint}"):
        HuggingfaceTokenizer(tmp_path)


def test_a_folder_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match=r"tokenizer\.json: not a tokenizer"):
        HuggingfaceTokenizer(tmp_path)
