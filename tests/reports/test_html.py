"""The page as a browser reads it (lxml's HTML parser), and that it asks nothing of a network."""

import re

import pytest
from hypothesis import given, settings
from lxml import etree, html

from edgeci.reports import html as report
from edgeci.reports.characters import visible
from edgeci.types import Evidence, Fact
from tests import builders
from tests.reports.hostile import ANY_TEXT, HOSTILE


def page(evidence: Evidence) -> etree._Element:
    return html.document_fromstring(report.render(evidence))


def shape(evidence: Evidence) -> list[tuple[str, tuple[str, ...]]]:
    """Every element and the names of its attributes."""
    return [(str(each.tag), tuple(sorted(map(str, each.attrib)))) for each in page(evidence).iter()]


def squeezed(text: str) -> str:
    return " ".join(text.split())


def text_of(element: etree._Element) -> str:
    return squeezed("".join(map(str, element.itertext())))


def test_it_loads_nothing_from_anywhere() -> None:
    text = report.render(builders.evidence())
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text
    assert not re.search(r"https?://|<script|<link|<iframe|<img|@import|url\(|\b(src|href|on\w+)=", text)


def test_it_suits_light_dark_and_small_screens() -> None:
    text = report.render(builders.evidence())
    assert "prefers-color-scheme: dark" in text
    assert 'name="viewport"' in text


def test_the_winner_its_numbers_and_the_losers_are_there() -> None:
    text = text_of(page(builders.evidence()))
    for part in (
        "Ready to release",
        "onnxruntime int8-static is released: passed all 3 gates",
        "★ onnxruntime int8-static",
        "2.41x",
        "57 % less",
        "bound 1.91x..2.12x straddles 2x after 30 s",
        "the pruned model gives NaN on 3 of 64 items",
        "AMD EPYC 9R14",
        "0.961 … 0.999",
        "edgeci.yaml:21",
    ):
        assert part in text


def test_the_plot_has_a_dot_and_a_label_for_each_candidate() -> None:
    (plot,) = page(builders.evidence()).xpath("//svg[@class='plot']")
    assert len(plot.xpath(".//circle[contains(@class, 'dot')]")) == 5
    assert len(plot.xpath(".//text[contains(@class, 'label')]")) == 5
    assert len(plot.xpath(".//circle[contains(@class, 'baseline')]")) == 1


@pytest.mark.parametrize(
    "evidence",
    [
        builders.evidence(measurements=()),
        builders.evidence(verdicts=()),
        builders.evidence(decisions=()),
        builders.evidence(candidates=(), measurements=(), verdicts=(), decisions=()),
        builders.evidence(targets=(), candidates=(), measurements=(), verdicts=(), decisions=()),
        builders.evidence(measurements=(builders.timing(builders.STATIC, 1.7),)),
        builders.evidence(
            measurements=(builders.timing(builders.STATIC, 1.7).model_copy(update={"samples": (float("nan"),)}),)
        ),
        builders.evidence(
            measurements=(
                builders.timing(builders.STATIC, 1.7).model_copy(update={"samples": (1.0,), "reference": (1.0,)}),
                builders.accuracy(builders.STATIC, 1.0, 1.0),
            )
        ),
    ],
)
def test_any_amount_of_evidence_gives_a_page(evidence: Evidence) -> None:
    assert "Made by edgeci" in text_of(page(evidence))


def test_a_target_without_an_answer_does_not_look_released() -> None:
    text = text_of(page(builders.evidence(verdicts=())))
    assert "1 of 1 target without a release" in text
    assert "no answer" in text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_out_as_itself(text: str) -> None:
    assert squeezed(visible(text)) in text_of(page(builders.hostile_evidence(text)))


@settings(max_examples=60, deadline=None)
@given(ANY_TEXT)
def test_any_text_is_only_text(text: str) -> None:
    assert shape(builders.hostile_evidence(text)) == shape(builders.hostile_evidence("harmless"))


def test_each_machine_that_measured_is_shown_with_its_targets() -> None:
    other = (Fact(name="cpu", value="Cortex-A76", source="/proc/cpuinfo"),)
    page = report.render(builders.evidence(elsewhere={"gateway": other}))
    assert "The machine of gateway" in page and "Cortex-A76" in page
    assert "The machine of every other target" in page and "AMD EPYC 9R14" in page
    assert "<h2>The machine</h2>" in report.render(builders.evidence())
