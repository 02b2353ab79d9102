"""A waived failure is released in plain sight, and only with its waiver in the bundle's own edgeci.yaml."""

import datetime
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml

from edgeci.bundles.verification import verify
from edgeci.config_file import load
from edgeci.config_problems import Vocabulary
from edgeci.errors import InputRejected
from edgeci.gates.decision import decide
from edgeci.gates.waiving import waived
from edgeci.reports import annotations, html, junit, markdown, sarif, terminal
from edgeci.types import Evidence, Waiver
from tests.stages.builders import Scene, scene

WAIVER = Waiver(
    rule="speed-up",
    metric="latency_cpu",
    owner="Ada",
    reason="a faster board is coming",
    expires=datetime.date(2999, 12, 31),
)
SENTENCE = "waived by Ada until 2999-12-31: a faster board is coming"


def with_waiver(folder: Path) -> Scene:
    """A candidate twice too slow, and somebody who answers for it."""
    made = scene(folder, latency=2.0)
    path = made.loaded.path
    path.write_text(path.read_text() + f"waivers: [{WAIVER.model_dump_json()}]\n")
    made.loaded = load(
        path, Vocabulary(["onnxruntime"], ["retained", "speed-up", "reduction"], ["kubernetes", "compose"])
    )
    unwaived = made.evidence
    verdicts = tuple(waived(verdict, [WAIVER]) for verdict in unwaived.verdicts)
    target = unwaived.targets[0]
    decision = decide(target, unwaived.candidates, made.loaded.gates, verdicts, unwaived.measurements, "latency_cpu")
    made.evidence = unwaived.model_copy(update={"verdicts": verdicts, "decisions": (decision,)})
    return made


def waived_evidence(folder: Path) -> Evidence:
    return with_waiver(folder).evidence


def rewritten(bundle: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the record as a forger would, checksums included."""
    record = bundle / "edgeci.json"
    content = json.loads(record.read_text())
    change(content["records"][0])
    record.write_text(json.dumps(content))
    resigned(bundle, "edgeci.json")


def resigned(bundle: Path, name: str) -> None:
    lines = (bundle / "checksums.txt").read_text().splitlines()
    digest = hashlib.sha256((bundle / name).read_bytes()).hexdigest()
    (bundle / "checksums.txt").write_text(
        "".join(f"{digest}  {name}\n" if line.endswith(f"  {name}") else f"{line}\n" for line in lines)
    )


def test_a_waived_failure_is_released_and_verified(tmp_path: Path) -> None:
    made = with_waiver(tmp_path)
    assert made.evidence.decisions[0].winner is not None
    made.release()
    verified = verify(made.bundle())
    [failed] = [verdict for verdict in verified.verdicts if verdict.outcome == "failed"]
    assert failed.waiver == WAIVER
    assert SENTENCE in failed.reason


def slip(record: dict[str, Any], **changes: Any) -> None:
    for verdict in record["verdicts"]:
        if verdict["outcome"] == "failed":
            verdict.update(changes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda record: slip(record, waiver=None), "did not pass: failed"),
        (lambda record: slip(record, reason="all is well"), "does not say that it is waived"),
        (lambda record: slip(record, outcome="passed", waiver=None), "does not pass"),
        (lambda record: slip(record, waiver={**WAIVER.model_dump(mode="json"), "owner": "Eve"}), "but not in edgeci"),
        (lambda record: slip(record, outcome="broken"), "did not pass: broken"),
        (lambda record: slip(record, value=9.9), "are not those of the recorded samples"),
    ],
)
def test_a_record_that_hides_or_invents_a_waiver_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    made = with_waiver(tmp_path)
    made.release()
    rewritten(made.bundle(), change)
    with pytest.raises(InputRejected, match=message):
        verify(made.bundle())


def test_a_waiver_that_is_not_in_the_bundles_configuration_is_refused(tmp_path: Path) -> None:
    made = with_waiver(tmp_path)
    made.release()
    path = made.bundle() / "edgeci.yaml"
    path.write_text(path.read_text().split("waivers:")[0])
    size, digest = path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()

    def listed(record: dict[str, Any]) -> None:
        [file] = [file for file in record["files"] if file["path"] == "edgeci.yaml"]
        file.update(size_bytes=size, sha256=digest)

    resigned(made.bundle(), "edgeci.yaml")
    rewritten(made.bundle(), listed)
    with pytest.raises(InputRejected, match=r"is waived by .Ada., but not in edgeci\.yaml"):
        verify(made.bundle())


def test_every_report_shows_the_waiver(tmp_path: Path) -> None:
    shown = waived_evidence(tmp_path)
    flat = " ".join(terminal.render(shown, width=400).split())
    for report in (flat, markdown.render(shown), html.render(shown), junit.render(shown), sarif.render(shown)):
        assert SENTENCE in report
    assert SENTENCE.replace(":", "%3A") in annotations.render(shown) or SENTENCE in annotations.render(shown)
    assert "failed, waived" in html.render(shown) and "failed, waived" in markdown.render(shown)


def test_junit_skips_a_waived_failure_so_it_is_neither_green_nor_red(tmp_path: Path) -> None:
    suite = JUnitXml.fromstring(junit.render(waived_evidence(tmp_path)).encode())
    assert (suite.failures, suite.errors, suite.skipped) == (0, 0, 1) or sum(each.skipped for each in suite) == 1


def test_sarif_suppresses_a_waived_failure_with_its_justification(tmp_path: Path) -> None:
    [result] = json.loads(sarif.render(waived_evidence(tmp_path)))["runs"][0]["results"]
    assert result["level"] == "note"
    assert result["suppressions"] == [{"kind": "external", "status": "accepted", "justification": SENTENCE}]
