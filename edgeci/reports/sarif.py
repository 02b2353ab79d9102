"""SARIF 2.1.0 for code scanning: each gate that was not passed, at the line of edgeci.yaml that demands it.

Fingerprints hold no measured number, so an alert stays the same alert from run to run.
"""

import hashlib
import json
import re
from typing import Any
from urllib.parse import quote

from edgeci import __version__
from edgeci.reports.characters import visible
from edgeci.reports.ledger import Ledger, ledgers
from edgeci.types import Evidence, Skipped, Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
UNDECIDED = "no-answer"
EMBEDDED_LINK = re.compile(r"\[(?=[^\]]*\]\()")


def render(evidence: Evidence) -> str:
    answers = [result for ledger in ledgers(evidence) for result in results(evidence, ledger)]
    rules = list(dict.fromkeys(result["ruleId"] for result in answers))
    run = {
        "tool": {"driver": driver(rules)},
        "automationDetails": {"id": "edgeci/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {"executionSuccessful": True, "toolExecutionNotifications": [notification(s) for s in evidence.skipped]}
        ],
        "results": [{**result, "ruleIndex": rules.index(result["ruleId"])} for result in answers],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def driver(rules: list[str]) -> dict[str, Any]:
    return {
        "name": "edgeci",
        "version": __version__,
        "informationUri": "https://github.com/edgeci/edgeci",
        "rules": [{"id": rule, "shortDescription": {"text": description(rule)}} for rule in rules],
    }


def description(rule: str) -> str:
    return "A target has no answer." if rule == UNDECIDED else f"A candidate must pass the gate rule {rule}."


def results(evidence: Evidence, ledger: Ledger) -> list[dict[str, Any]]:
    judged = [
        suppressions(verdict)
        | result(
            evidence,
            rule=visible(verdict.gate.rule),
            level=level(ledger, verdict),
            text=f"{ledger.target.name}, {ledger.title(verdict.candidate)}: {verdict.reason}",
            line=verdict.gate.line,
            identity=identity(verdict),
        )
        for verdict in ledger.verdicts
        if verdict.outcome != "passed"
    ]
    if not ledger.problem:
        return judged
    text = f"{ledger.target.name}: {ledger.problem}"
    return [result(evidence, UNDECIDED, "error", text, None, [UNDECIDED, ledger.target.name]), *judged]


def level(ledger: Ledger, verdict: Verdict) -> str:
    """A loser beside a winner is worth a note; only what keeps a target from a release is worse."""
    if ledger.winner is not None or verdict.waiver is not None or ledger.is_mere_baseline(verdict.candidate):
        return "note"
    return "warning" if verdict.outcome == "inconclusive" else "error"


def suppressions(verdict: Verdict) -> dict[str, Any]:
    """A waiver, in SARIF's own words."""
    if verdict.waiver is None:
        return {}
    return {
        "suppressions": [{"kind": "external", "status": "accepted", "justification": plain(verdict.waiver.sentence)}]
    }


def identity(verdict: Verdict) -> list[str]:
    """What makes this the same finding in another run."""
    gate = verdict.gate
    return [gate.rule, gate.metric, gate.against, gate.name or "", verdict.target, verdict.candidate]


def result(
    evidence: Evidence, rule: str, level: str, text: str, line: int | None, identity: list[str]
) -> dict[str, Any]:
    digest = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": plain(text)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(visible(evidence.config)), "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": line or 1},
                }
            }
        ],
        "partialFingerprints": {"edgeci/v1": digest},
    }


def notification(skipped: Skipped) -> dict[str, Any]:
    return {
        "level": "note",
        "message": {"text": plain(f"{skipped.recipe.title} gives no candidate: {skipped.reason}")},
    }


def plain(text: str) -> str:
    """A SARIF message may hold links; a name may not make one."""
    return EMBEDDED_LINK.sub(r"\\[", visible(text))
