"""A choice has the tokens that it has behind its prompt, whatever its tokenizer does to a text that stands alone."""

from collections.abc import Callable
from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from edgeci.errors import ConfigError
from edgeci.evaluation.text_questions import question, split

LINES = ["Answer: blue", "Answer: red", "Answer: 1", "a = b", "dark blue red sky"] * 40


def trained(pre_tokenizer: Any, decoder: Any, normalizer: Any = None) -> Tokenizer:
    made = Tokenizer(models.BPE(unk_token="<unk>"))
    made.normalizer, made.pre_tokenizer, made.decoder = normalizer, pre_tokenizer, decoder
    special = [AddedToken("<unk>", special=True), AddedToken("<s>", special=True)]
    made.train_from_iterator(LINES, trainers.BpeTrainer(vocab_size=200, special_tokens=special, show_progress=False))
    return made


@pytest.fixture(scope="module")
def prepends() -> Tokenizer:
    """As Llama 2: a space in front of every text, also of one that begins with a space."""
    spaces = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    return trained(pre_tokenizers.Split("▁", "merged_with_next"), decoders.Metaspace(), spaces)


@pytest.fixture(scope="module")
def merges() -> Tokenizer:
    """As GPT-2: a space belongs to the word behind it."""
    return trained(pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel())


def starter(tokenizer: Tokenizer, start: list[int]) -> Callable[[str], list[int]]:
    return lambda text: [*start, *tokenizer.encode(text, add_special_tokens=False).ids]


def words(tokenizer: Tokenizer, parts: tuple[tuple[int, ...], ...]) -> list[list[str]]:
    return [[tokenizer.id_to_token(token) for token in part] for part in parts]


def test_no_second_space_stands_before_a_choice(prepends: Tokenizer) -> None:
    shared, rests = split("Answer:", [" blue", " red"], starter(prepends, [1]))
    assert words(prepends, (shared, *rests)) == [["<s>", "▁Answer:"], ["▁blue"], ["▁red"]]
    alone = prepends.encode(" blue", add_special_tokens=False).tokens
    assert alone == ["▁", "▁blue"], "or this tokenizer shows nothing"


@pytest.mark.parametrize("name", ["prepends", "merges"])
def test_a_space_that_ends_the_prompt_belongs_to_the_choices(name: str, request: pytest.FixtureRequest) -> None:
    tokenizer = request.getfixturevalue(name)
    start = starter(tokenizer, [1])
    shared, rests = split("Answer: ", ["blue", "red"], start)
    assert (shared, rests) == split("Answer:", [" blue", " red"], start)
    assert [len(rest) for rest in rests] == [1, 1]


def test_all_choices_are_scored_from_the_same_place(merges: Tokenizer) -> None:
    """One of them merges with the end of the prompt and another does not."""
    start = starter(merges, [1])
    shared, rests = split("Answer: ", ["blue", "=", "sky"], start)
    assert [[*shared, *rest] for rest in rests] == [start(f"Answer: {choice}") for choice in ("blue", "=", "sky")]
    assert merges.decode(list(shared)) == "Answer:"


def test_a_prompt_that_no_choice_leaves_whole_is_refused(merges: Tokenizer) -> None:
    row = {"choices": ["blue", "red"], "label": 0}
    assert question("a:1", row, " ", starter(merges, [1])).prompt == (1,)
    with pytest.raises(ConfigError, match=r"a:1: the prompt ' ' has no tokens of its own"):
        question("a:1", row, " ", starter(merges, []))


def test_a_choice_that_the_tokenizer_does_not_see_is_refused(merges: Tokenizer) -> None:
    row = {"choices": ["blue", "\u200b"], "label": 0}
    deaf = Tokenizer(models.WordLevel({"Answer": 0, "blue": 1}, unk_token="Answer"))
    deaf.pre_tokenizer = pre_tokenizers.Split("\u200b", "removed")
    with pytest.raises(ConfigError, match=r"a:1: one of the `choices` adds no token"):
        question("a:1", row, "Answer", starter(deaf, [2]))
