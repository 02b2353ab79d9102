"""The summary as GitHub would read it: parsed by a CommonMark parser, so what is tested is what people see."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt

from edgeci.reports import markdown
from edgeci.reports.characters import one_line
from edgeci.types import Skipped
from tests import builders
from tests.reports.hostile import ANY_TEXT, HOSTILE

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
PLAIN = {"h2", "h3", "h4", "ul", "li", "p", "strong", "code", "sub", "table", "thead", "tbody", "tr", "th", "td"}


class Page(HTMLParser):
    """Tags, attributes and text of the rendered page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.pieces: list[str] = []
        self.comments: list[str] = []
        self.rows: list[int] = []
        self.bare: list[str] = []
        self.depth = 0
        self.feed(PARSER.render(source))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.depth += tag == "code"
        if tag == "tr":
            self.rows.append(0)
        if tag in ("td", "th"):
            self.rows[-1] += 1

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "code"

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)
        if not self.depth:
            self.bare.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    @property
    def text(self) -> str:
        return squeezed("".join(self.pieces))


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_the_marker_comes_first_so_the_comment_is_found_again() -> None:
    assert markdown.render(builders.evidence()).startswith("<!-- edgeci:verdict -->\n")


def test_the_headline_names_the_winner_and_why() -> None:
    text = Page(markdown.render(builders.evidence())).text
    assert "raspberry-pi: onnxruntime int8-static is released: passed all 3 gates" in text


def test_without_a_winner_the_headline_says_so() -> None:
    text = Page(markdown.render(builders.without_winner("inconclusive"))).text
    assert "1 of 1 targets without a release" in text
    assert "raspberry-pi: nothing is released: no candidate passed all its gates" in text


def test_a_target_without_an_answer_does_not_look_released() -> None:
    for damaged in (builders.evidence(verdicts=()), builders.evidence(decisions=()), builders.evidence(candidates=())):
        page = markdown.render(damaged.model_copy(update={"verdicts": ()}))
        assert "ready to release" not in page
        assert "no answer" in page
    assert "nothing was judged" in markdown.render(
        builders.evidence(targets=(), verdicts=(), decisions=(), candidates=(), measurements=())
    )


def test_losers_skipped_recipes_and_conditions_are_told() -> None:
    text = Page(markdown.render(builders.evidence())).text
    assert "openvino int8-static: bound 1.91x..2.12x straddles 2x" in text
    assert "openvino pruned: the pruned model gives NaN on 3 of 64 items" in text
    assert "27 paired samples a candidate; threads 1; launches 3" in text


@pytest.mark.parametrize("count", [1, 100, 4000])
def test_it_always_fits_in_a_comment(count: int) -> None:
    skipped = tuple(Skipped(recipe=builders.PRUNED, reason=f"{number} " + "é" * 500) for number in range(count))
    text = markdown.render(builders.evidence(skipped=skipped))
    assert len(text.encode()) <= 60 * 1024
    assert ("Cut here" in text) == (count > 1)


def test_a_single_endless_text_is_shortened_and_the_rest_still_shown() -> None:
    text = markdown.render(builders.evidence(skipped=(Skipped(recipe=builders.PRUNED, reason="*" * 10**6),)))
    assert "How it was measured" in text
    assert "Cut here" not in text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_out_as_itself(text: str) -> None:
    page = Page(markdown.render(builders.hostile_evidence(text)))
    assert squeezed(one_line(text)) in page.text


@pytest.mark.parametrize(
    "text", ["@octocat", "see #12", "GH-12", "https://evil.example", "www.evil.example", ":tada:", "$x$"]
)
def test_what_github_would_act_on_stands_in_code(text: str) -> None:
    page = Page(markdown.render(builders.hostile_evidence(text)))
    assert text in page.text
    assert not any(text in piece for piece in page.bare)


@settings(max_examples=150, deadline=None)
@given(ANY_TEXT)
def test_any_text_is_only_text(text: str) -> None:
    page = Page(markdown.render(builders.hostile_evidence(text)))
    assert page.tags <= PLAIN
    assert page.attributes <= {"style"}
    assert page.comments == [" edgeci:verdict "]
    assert set(page.rows) == {8}
    assert squeezed(one_line(text)) in page.text


def test_reasons_read_well_unrendered_too() -> None:
    assert markdown.shown("peak_memory 57 % less (bounds 0.41..0.44), limit 50 %") == (
        "peak_memory 57 % less (bounds 0.41..0.44), limit 50 %"
    )
