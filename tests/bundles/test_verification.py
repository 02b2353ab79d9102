"""A bundle is believed only while every byte, name and number in it agrees with every other."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgeci.bundles.verification import verify
from edgeci.errors import InputRejected
from tests.stages.builders import scene


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """One bundle for all tests; each works on a copy."""
    given = scene(tmp_path_factory.mktemp("made"), files={"model.onnx": b"graph" * 50, "sub/weights": b"w" * 99})
    [release] = given.release()
    return given.bundle(), release


@pytest.fixture
def bundle(made, tmp_path):
    return Path(shutil.copytree(made[0], tmp_path / "bundle"))


def refused(bundle: Path) -> str:
    """The message, which is one line without control characters."""
    with pytest.raises(InputRejected) as caught:
        verify(bundle)
    message = str(caught.value)
    assert message.isprintable()
    return message


def sum_again(bundle: Path) -> None:
    """What a forger does who rewrites checksums.txt too."""
    files = sorted(path for path in bundle.rglob("*") if path.is_file() and path.name != "checksums.txt")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(bundle)}\n" for path in files]
    (bundle / "checksums.txt").write_text("".join(lines))


def forge(bundle: Path, change: Callable[[dict[str, Any]], object]) -> str:
    """Change the record, make the checksums fit, and return why it is still refused."""
    path = bundle / "edgeci.json"
    body = json.loads(path.read_text())
    change(body["records"][0])
    path.write_text(json.dumps(body))
    sum_again(bundle)
    return refused(bundle)


def test_a_bundle_as_it_was_made_is_believed(made):
    assert verify(made[0]) == made[1]


def test_verifying_imports_no_framework(made):
    code = (
        "import sys; from pathlib import Path\n"
        "from edgeci.bundles.verification import verify\n"
        "verify(Path(sys.argv[1]))\n"
        "print({'onnx', 'onnxruntime', 'openvino', 'nncf', 'torch'} & sys.modules.keys())"
    )
    answer = subprocess.run([sys.executable, "-c", code, made[0]], capture_output=True, text=True, check=True)
    assert answer.stdout == "set()\n"


def test_verifying_changes_nothing(bundle):
    before = {path: path.stat().st_mtime_ns for path in bundle.rglob("*")}
    verify(bundle)
    assert {path: path.stat().st_mtime_ns for path in bundle.rglob("*")} == before


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_any_changed_byte_in_any_file_is_refused(bundle, data):
    path = data.draw(st.sampled_from(sorted(path for path in bundle.rglob("*") if path.is_file())))
    content = path.read_bytes()
    index = data.draw(st.integers(0, len(content) - 1))
    flip = data.draw(st.integers(1, 255))
    try:
        path.write_bytes(content[:index] + bytes([content[index] ^ flip]) + content[index + 1 :])
        refused(bundle)
    finally:
        path.write_bytes(content)


def test_the_first_middle_and_last_byte_of_every_file_count(bundle):
    for path in [path for path in bundle.rglob("*") if path.is_file()]:
        content = path.read_bytes()
        for index in (0, len(content) // 2, len(content) - 1):
            path.write_bytes(content[:index] + bytes([content[index] ^ 1]) + content[index + 1 :])
            refused(bundle)
        path.write_bytes(content)
    verify(bundle)


def test_a_truncated_or_a_longer_file_is_refused(bundle):
    for path in [path for path in bundle.rglob("*") if path.is_file()]:
        content = path.read_bytes()
        for changed in (b"", content[:-1], content + b"\n"):
            path.write_bytes(changed)
            refused(bundle)
        path.write_bytes(content)


@pytest.mark.parametrize("name", ["model/model.onnx", "edgeci.json", "edgeci.yaml", "NOTICE", "checksums.txt"])
def test_a_missing_file_is_named(bundle, name):
    (bundle / name).unlink()
    assert name in refused(bundle)


@pytest.mark.parametrize("name", ["extra", "model/extra", ".hidden", "model/evil\x1b[31m\nname"])
def test_an_unlisted_file_is_refused(bundle, name):
    (bundle / name).write_bytes(b"")
    assert "not listed" in refused(bundle)


def test_an_empty_folder_is_refused(bundle):
    (bundle / "model/more").mkdir()
    assert "model/more: not listed" in refused(bundle)


def test_links_are_refused_even_when_their_content_is_right(bundle, tmp_path):
    model = bundle / "model/model.onnx"
    aside = model.rename(tmp_path / "aside")
    model.symlink_to(aside)
    assert "model/model.onnx: a symbolic link" in refused(bundle)
    model.unlink()
    model.hardlink_to(aside)
    assert "model/model.onnx: a hard link" in refused(bundle)


def test_a_linked_folder_is_refused(bundle, tmp_path):
    (bundle / "model").rename(tmp_path / "aside")
    (bundle / "model").symlink_to(tmp_path / "aside", target_is_directory=True)
    assert "model: a symbolic link" in refused(bundle)


@pytest.mark.parametrize("name", ["extra", "model/model.onnx", "checksums.txt", "edgeci.json"])
def test_a_fifo_is_refused_without_waiting_for_a_writer(bundle, name):
    (bundle / name).unlink(missing_ok=True)
    os.mkfifo(bundle / name)
    assert "regular file" in refused(bundle)


def test_a_socket_is_refused(bundle):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(bundle / "s"))
        assert "not a regular file" in refused(bundle)


@pytest.mark.parametrize(
    "line",
    [
        "{digest}  ../outside",
        "{digest}  /etc/hostname",
        "{digest}  model/../../outside",
        "{digest}  ./NOTICE",
        "{digest}  model//model.onnx",
        "{digest}  checksums.txt",
        "{digest} *NOTICE",
        "\\{digest}  a\\nb",
        "{digest}  ",
        "{digest}",
        "",
        "\x1b[31m",
        "SHA256 (NOTICE) = {digest}",
    ],
)
def test_a_line_that_is_not_a_digest_and_a_plain_name_is_refused(bundle, tmp_path, line):
    (tmp_path / "outside").write_bytes(b"")
    with (bundle / "checksums.txt").open("a") as stream:
        stream.write(line.format(digest=hashlib.sha256(b"").hexdigest()) + "\n")
    assert "checksums.txt: line" in refused(bundle)


def test_a_file_listed_twice_is_refused(bundle):
    path = bundle / "checksums.txt"
    path.write_text(path.read_text() + path.read_text().splitlines()[-1] + "\n")
    assert "again" in refused(bundle)


def test_a_place_that_is_no_bundle_is_refused(tmp_path):
    assert "not a release folder" in refused(tmp_path / "nowhere")
    assert "checksums.txt" in refused(tmp_path)


def test_forging_without_a_change_is_believed(bundle):
    """Only a signature tells this one: the tests below would prove nothing if the forger's tools did not work."""
    (bundle / "NOTICE").write_text("forged")
    body = json.loads((bundle / "edgeci.json").read_text())
    [notice] = [file for file in body["records"][0]["files"] if file["path"] == "NOTICE"]
    notice.update(sha256=hashlib.sha256(b"forged").hexdigest(), size_bytes=6)
    (bundle / "edgeci.json").write_text(json.dumps(body))
    sum_again(bundle)
    verify(bundle)


def test_another_model_with_fitting_checksums_is_refused(bundle):
    (bundle / "model/model.onnx").write_bytes(b"other")
    sum_again(bundle)
    assert "lists other files" in refused(bundle)


def test_another_model_with_a_fitting_file_list_is_refused(bundle):
    other = b"other"
    (bundle / "model/model.onnx").write_bytes(other)

    def change(record):
        [entry] = [file for file in record["files"] if file["path"] == "model/model.onnx"]
        entry.update(sha256=hashlib.sha256(other).hexdigest(), size_bytes=len(other))

    assert "not the file that was measured" in forge(bundle, change)


def test_a_stowaway_is_refused_even_when_it_is_listed_everywhere(bundle):
    (bundle / "install.sh").write_bytes(b"")
    entry = {"path": "install.sh", "sha256": hashlib.sha256(b"").hexdigest(), "size_bytes": 0}
    assert "has no place" in forge(bundle, lambda record: record["files"].append(entry))


@pytest.mark.parametrize("outcome", ["failed", "inconclusive", "broken"])
def test_a_verdict_that_did_not_pass_is_refused(bundle, outcome):
    assert "did not pass" in forge(bundle, lambda record: record["verdicts"][0].update(outcome=outcome))


def test_a_missing_verdict_is_refused(bundle):
    assert "no verdict on gate" in forge(bundle, lambda record: record["verdicts"].pop())


def test_no_verdicts_at_all_are_refused(bundle):
    assert "no verdicts" in forge(bundle, lambda record: record["verdicts"].clear())


def test_the_same_verdict_twice_is_refused(bundle):
    assert "two verdicts" in forge(bundle, lambda record: record["verdicts"].append(record["verdicts"][0]))


def test_a_loosened_gate_is_refused(bundle):
    assert "no verdict on gate" in forge(bundle, lambda record: record["verdicts"][0]["gate"].update(limit=0.1))


@pytest.mark.parametrize("part", ["verdicts", "measurements"])
@pytest.mark.parametrize("key", ["candidate", "target"])
def test_evidence_about_something_else_is_refused(bundle, part, key):
    assert "other" in forge(bundle, lambda record: record[part][0].update({key: "other"}))


def test_missing_samples_are_refused(bundle):
    assert "not measured" in forge(bundle, lambda record: record["measurements"].pop())


@pytest.mark.parametrize("number", ["value", "lower", "upper"])
def test_a_verdict_whose_numbers_its_samples_do_not_give_is_refused(bundle, number):
    assert "not those of" in forge(bundle, lambda record: record["verdicts"][1].update({number: 9.9}))


def test_samples_that_do_not_pass_are_refused(bundle):
    def slow(record):
        [latency] = [item for item in record["measurements"] if item["metric"] == "latency_cpu"]
        latency["samples"] = latency["reference"]

    assert "does not pass on the recorded samples" in forge(bundle, slow)


@pytest.mark.parametrize("limit", [0, "NaN", "Infinity", -1])
def test_a_gate_that_cannot_be_judged_is_refused(bundle, limit):
    assert "gate" in forge(bundle, lambda record: record["verdicts"][1]["gate"].update(limit=limit))


def test_another_target_than_the_configuration_has_is_refused(bundle):
    assert "not as edgeci.yaml describes it" in forge(bundle, lambda record: record["target"].update(threads=64))


def test_a_main_file_that_does_not_ship_is_refused(bundle):
    assert "main file" in forge(bundle, lambda record: record["candidate"].update(main="../other.onnx"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"schema": 2, "kind": "release", "records": []}',
        b'{"schema": 2, "kind": "release", "records": [{}]}',
        b'{"schema": 2, "kind": "release", "records": 5}',
        b'{"schema": 3, "kind": "release", "records": []}',
        b'{"schema": 1, "kind": "release", "records": [{}]}',
        b'{"schema": "\\n\\u001b[31m", "kind": "release", "records": []}',
        b'{"schema": 2, "kind": "\\n::error::", "records": []}',
        b'{"schema": 2, "schema": 2, "kind": "release", "records": []}',
        b'{"schema": ' + b"1" * 5000 + b"}",
    ],
)
def test_a_malformed_record_is_refused_in_one_line(bundle, content):
    (bundle / "edgeci.json").write_bytes(content)
    sum_again(bundle)
    assert "edgeci.json: " in refused(bundle)


def test_a_release_of_an_older_edgeci_says_what_to_do(bundle):
    path = bundle / "edgeci.json"
    path.write_text(path.read_text().replace('"schema": 2', '"schema": 1', 1))
    sum_again(bundle)
    assert refused(bundle).endswith(
        "edgeci.json: written by an older edgeci (schema 1, this one writes 2); "
        "run the verb that makes it again, or use the edgeci that wrote it"
    )


def test_a_key_given_twice_is_refused(bundle):
    path = bundle / "edgeci.json"
    path.write_text(path.read_text().replace('"outcome": "passed"', '"outcome": "failed", "outcome": "passed"', 1))
    sum_again(bundle)
    assert "given twice" in refused(bundle)


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 64))


@pytest.mark.parametrize("text", ["", "[", "5", "model: [", BOMB, "a: &a [*a]", "[" * 5000, "\x00", "version: 1"])
def test_a_configuration_that_is_none_is_refused(bundle, text):
    (bundle / "edgeci.yaml").write_text(text)

    def change(record):
        [entry] = [file for file in record["files"] if file["path"] == "edgeci.yaml"]
        entry.update(sha256=hashlib.sha256(text.encode()).hexdigest(), size_bytes=len(text))

    assert "edgeci.yaml: not a configuration" in forge(bundle, change)
