import pytest
from hypothesis import given
from lxml import etree

from edgeci.reports.characters import one_line, shortened, visible
from tests.reports.hostile import ANY_TEXT


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, é, 日本語, 🏳️‍🌈", "plain, é, 日本語, 🏳️‍🌈"),
        ("a\nb\tc", "a\nb\tc"),
        ("a\r\nb", "a\nb"),
        ("a\rb", "a\\x0db"),
        ("\x1b[31m\x00", "\\x1b[31m\\x00"),
        ("\ud800", "\\ud800"),
        ("\u202e", "\\u202e"),
        ("\U0010ffff", "\\U0010ffff"),
    ],
)
def test_what_a_format_cannot_carry_becomes_an_escape(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(ANY_TEXT)
def test_visible_text_is_valid_in_xml_and_utf8_and_stays_as_it_is(text: str) -> None:
    shown = visible(text)
    element = etree.Element("text")
    element.text = shown
    assert visible(shown) == shown
    assert shown.encode().decode() == shown
    assert etree.fromstring(etree.tostring(element)).text == shown


@given(ANY_TEXT)
def test_one_line_is_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1


def test_a_line_break_stays_visible_on_one_line() -> None:
    assert one_line("first\r\nsecond\n") == "first ⏎ second"


def test_a_long_text_says_that_it_was_shortened() -> None:
    assert shortened("abcdef", 4) == "abc…"
    assert shortened("abcd", 4) == "abcd"
