"""When a generated answer is the expected one."""

import pytest

from edgeci.evaluation.text_answers import starts_with


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("4", "4"),
        (" 4 apples", "4"),
        ("1.", "1"),
        ("1. Then", "1"),
        ("1, 2 and 3", "1"),
        ("1,\n000", "1"),
        ("1%", "1"),
        ("1\nQuestion: 2", "1"),
        ("14.7", "14.7"),
        ("14.7.", "14.7"),
        ("-1", "-1"),
        ("blue, like the sky", "blue"),
        ("blue.", "blue"),
        ("Paris,France", "Paris"),
        ("$5.", "$"),
        ("f(x) = 2", "f(x)"),
        ("A) blue", "A"),
        ("1年", "1"),
        ("北京市", "北京"),
        ("서울은", "서울"),
        ("Zürich!", "Zürich"),
    ],
)
def test_an_answer_is_the_expected_one_whatever_follows_it(said: str, expected: str) -> None:
    assert starts_with(said, expected)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("14.7", "1"),
        ("14.7", "14"),
        ("14.75", "14.7"),
        ("1,000", "1"),
        ("1.5", "1"),
        ("1/2", "1"),
        ("1:30", "1"),
        ("1-2", "1"),
        ("1'000", "1"),
        ("1\u202f000", "1"),
        ("2+2=4", "2"),
        ("1st", "1"),
        ("1e5", "1"),
        ("1_000", "1"),
        ("1\uff12", "1"),
        ("\u0661\u0662", "\u0661"),
        ("blueish", "blue"),
        ("well-known", "well"),
        ("it's", "it"),
        ("it\u2019s", "it"),
        ("cafe\u0301", "cafe"),
        ("No", "Not"),
        ("blue", "Blue"),
        ("five", "4"),
        ("", "4"),
        ("say 4", "4"),
    ],
)
def test_a_longer_word_or_another_number_is_not_the_expected_answer(said: str, expected: str) -> None:
    assert not starts_with(said, expected)
