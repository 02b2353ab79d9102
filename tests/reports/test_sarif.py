import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from edgeci.reports import sarif
from edgeci.reports.characters import visible
from edgeci.types import Evidence
from tests import builders
from tests.reports.hostile import ANY_TEXT, HOSTILE

TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
ESSENTIALS: dict[str, Any] = {
    "description": "What SARIF 2.1.0 and GitHub's code scanning demand of what edgeci writes.",
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "maxItems": 20,
            "items": {
                "required": ["tool", "results"],
                "additionalProperties": False,
                "properties": {
                    "automationDetails": {"required": ["id"]},
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name", "rules"],
                                "properties": {
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {"required": ["id"], "properties": {"shortDescription": TEXT}},
                                    }
                                },
                            }
                        },
                    },
                    "invocations": {
                        "items": {
                            "required": ["executionSuccessful"],
                            "properties": {
                                "toolExecutionNotifications": {
                                    "items": {"required": ["message"], "properties": {"message": TEXT, "level": LEVEL}}
                                }
                            },
                        }
                    },
                    "results": {
                        "items": {
                            "required": ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"],
                            "additionalProperties": False,
                            "properties": {
                                "ruleId": {"type": "string", "minLength": 1},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": LEVEL,
                                "message": TEXT,
                                "partialFingerprints": {"additionalProperties": {"type": "string"}},
                                "locations": {
                                    "minItems": 1,
                                    "items": {
                                        "properties": {
                                            "physicalLocation": {
                                                "required": ["artifactLocation"],
                                                "properties": {
                                                    "artifactLocation": {
                                                        "properties": {"uri": {"format": "uri-reference"}}
                                                    },
                                                    "region": {
                                                        "properties": {"startLine": {"type": "integer", "minimum": 1}}
                                                    },
                                                },
                                            }
                                        }
                                    },
                                },
                            },
                        }
                    },
                },
            },
        },
    },
}


def run(evidence: Evidence) -> Any:
    text = sarif.render(evidence)
    log = json.loads(text.encode())
    jsonschema.validate(log, ESSENTIALS)
    (only,) = log["runs"]
    rules = [rule["id"] for rule in only["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in only["results"])
    return only


def levels(evidence: Evidence) -> list[tuple[str, str]]:
    return [(result["ruleId"], result["level"]) for result in run(evidence)["results"]]


def test_beside_a_winner_there_are_only_notes() -> None:
    assert levels(builders.evidence()) == [("speed-up", "note"), ("retained", "note"), ("speed-up", "note")]


def test_without_a_winner_failed_is_an_error_and_undecided_a_warning() -> None:
    assert levels(builders.without_winner()) == [("speed-up", "error"), ("retained", "error"), ("speed-up", "warning")]


def test_a_target_without_an_answer_is_an_error() -> None:
    assert levels(builders.evidence(verdicts=())) == [("no-answer", "error")]


def test_results_stand_on_the_line_that_demands_the_gate() -> None:
    place = run(builders.evidence())["results"][0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "edgeci.yaml", "uriBaseId": "%SRCROOT%"}, "region": {"startLine": 21}}


def test_skipped_recipes_are_notifications() -> None:
    (told,) = run(builders.evidence())["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"] == "openvino pruned gives no candidate: the pruned model gives NaN on 3 of 64 items"


def test_fingerprints_stay_when_only_numbers_and_lines_change() -> None:
    def fingerprints(number: float) -> list[str]:
        gate = builders.SPEED_UP.model_copy(update={"line": int(number), "limit": number})
        failed = builders.verdict(gate, outcome="failed", reason=f"{number}x", value=number)
        evidence = builders.evidence(verdicts=(failed, builders.verdict(builders.ACCURACY, outcome="failed")))
        return [result["partialFingerprints"]["edgeci/v1"] for result in run(evidence)["results"]]

    assert fingerprints(3.0) == fingerprints(9.0)
    assert len(set(fingerprints(3.0))) == 2


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_out_as_itself(text: str) -> None:
    message = run(builders.hostile_evidence(text))["results"][0]["message"]["text"]
    assert message.replace("\\[", "[").endswith(f": {visible(text)}".replace("\\[", "["))


def test_a_name_makes_no_link_in_a_message() -> None:
    message = run(builders.hostile_evidence("[here](https://evil.example)"))["results"][0]["message"]["text"]
    assert message.endswith("\\[here](https://evil.example)")


@settings(max_examples=100, deadline=None)
@given(ANY_TEXT)
def test_any_text_leaves_valid_sarif(text: str) -> None:
    run(builders.hostile_evidence(text))
