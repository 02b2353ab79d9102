"""Test cases and their document as readers want them: what the library makes otherwise is mended here, and only here.

It leaves out a time of 0, which some readers cannot do without; it does not count a failure without a message; it
gives no suite the number 0; it adds an attribute that the schema of Jenkins does not know; and its times have as many
digits as it takes.
"""

from collections.abc import Mapping, Sequence
from typing import Literal
from xml.etree import ElementTree

from junit_xml import TestCase, TestSuite

from edgeci.reports.characters import visible
from edgeci.types import Outcome

SHORTEST_SECONDS = 0.001
FIRST_NUMBER = 1
UNKNOWN_TO_READERS = "disabled"


def new_case(name: str, place: str, seconds: float = 0) -> TestCase:
    return TestCase(visible(name), place, elapsed_sec=max(seconds, SHORTEST_SECONDS))


def conclude(case: TestCase, outcome: Outcome | Literal["skipped"], message: str, text: str = "") -> TestCase:
    """Say what became of a case, in a line and at length."""
    line, text = visible(message) or outcome, visible(text)
    match outcome:
        case "passed":
            case.stdout = text
        case "skipped":
            case.add_skipped_info(line, text)
        case "failed":
            case.add_failure_info(line, text, outcome)
        case _:
            case.add_error_info(line, text, outcome)
    return case


def document(suites: Mapping[str, Sequence[TestCase]], properties: Mapping[str, str]) -> str:
    """The XML of suites by their names, each with the properties."""
    root = ElementTree.Element("testsuites", name="edgeci")
    for number, (name, cases) in enumerate(suites.items(), start=FIRST_NUMBER):
        suite = TestSuite(name, cases, id=number, properties=properties).build_xml_doc()
        del suite.attrib[UNKNOWN_TO_READERS]
        root.append(suite)
    for total in ("tests", "failures", "errors"):
        root.set(total, str(sum(int(suite.attrib[total]) for suite in root)))
    root.set("time", str(sum(float(suite.attrib["time"]) for suite in root)))
    for element in root.iter():
        if "time" in element.attrib:
            element.set("time", f"{float(element.attrib['time']):.3f}")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"
