"""Lies told by a bundle: each forges one thing in an honest release, checksums too, and shows it to `verify`."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from edgeci.bundles.verification import verify
from edgeci.config import Config
from edgeci.config_file import Loaded
from edgeci.errors import EdgeciError
from edgeci.gates.judge import judge
from edgeci.records import digest
from edgeci.saboteurs.honest import GATES, HARDWARE, RECIPE, TARGET, candidate, decision, measurements
from edgeci.saboteurs.saboteur import Saboteur
from edgeci.stages.release import release
from edgeci.types import Assessment, Evidence, File, ModelFile
from edgeci.workbench.project import Project, workspace_at

Forgery = Callable[[Path], None]
Content = dict[str, Any]
"""Of a release record: JSON, which forgers change wherever they like."""
MODEL = b"an honest model"
CONFIGURATION = """\
model: model.onnx
data:
  evaluation: {path: evaluation.npz}
targets:
  - name: cpu
gates:
  rules:
""" + "".join(f"    - {{rule: {gate.rule}, metric: {gate.metric}, limit: {gate.limit}}}\n" for gate in GATES)


def saboteurs() -> Iterator[Saboteur]:
    """Every forgery of a release."""
    for name, forgery in FORGERIES.items():
        yield Saboteur("bundles", name, forged(forgery))


def forged(forgery: Forgery) -> Callable[[Path], str | None]:
    def attempt(folder: Path) -> str | None:
        bundle = honest_bundle(folder)
        forgery(bundle)
        return refusal(bundle)

    return attempt


def refusal(bundle: Path) -> str | None:
    try:
        verify(bundle)
    except EdgeciError as problem:
        return str(problem)
    return None


def honest_bundle(folder: Path) -> Path:
    """A release as `edgeci release` writes it; `verify` accepts it."""
    workspace = workspace_at(folder / ".edgeci")
    place = workspace.candidates / RECIPE.id
    place.mkdir(parents=True)
    (place / "model.onnx").write_bytes(MODEL)
    (folder / "edgeci.yaml").write_text(CONFIGURATION)
    file = File(path="model.onnx", sha256=hashlib.sha256(MODEL).hexdigest(), size_bytes=len(MODEL))
    project = Project(Loaded(configuration(), folder / "edgeci.yaml", {(): (1, 1)}), workspace, lambda message: None)
    release(project, honest_evidence(file), {TARGET.name: workspace.folder}, {"report.md": b"passed\n"})
    return workspace.release / TARGET.name


def honest_evidence(file: File) -> Evidence:
    """What was measured and decided of a candidate that is this one file."""
    taken = list(measurements().values())
    chosen = candidate().model_copy(update={"files": (file,)})
    model = ModelFile(path="model.onnx", format="onnx", sha256="0" * 64, size_bytes=1)
    return Evidence(
        config="edgeci.yaml",
        assessment=Assessment(
            model=model, producer="", parameters=1, parameter_dtypes={}, opsets={}, operators={}, inputs=(), outputs=()
        ),
        hardware=HARDWARE,
        targets=(TARGET,),
        candidates=(chosen,),
        measurements=tuple(taken),
        verdicts=tuple(judge(gate, RECIPE.id, TARGET.name, taken) for gate in GATES),
        decisions=(decision(taken, candidates=(chosen,)),),
    )


def configuration() -> Config:
    """What CONFIGURATION says."""
    return Config.model_validate(
        {
            "model": "model.onnx",
            "data": {"evaluation": {"path": "evaluation.npz"}},
            "targets": [TARGET.model_dump()],
            "gates": {"rules": [gate.model_dump() for gate in GATES]},
        }
    )


def with_checksums(change: Forgery) -> Forgery:
    """A forger who recomputes every checksum, so that only what the record says can give it away."""

    def forgery(bundle: Path) -> None:
        change(bundle)
        names = sorted(
            path.relative_to(bundle).as_posix()
            for path in bundle.rglob("*")
            if path.is_file() and path.name != "checksums.txt"
        )
        lines = "".join(f"{digest(bundle / name)}  {name}\n" for name in names)
        (bundle / "checksums.txt").write_text(lines)

    return forgery


def in_record(change: Callable[[Content], None]) -> Forgery:
    """Change the release record, and every digest that would give it away."""

    def forgery(bundle: Path) -> None:
        path = bundle / "edgeci.json"
        body = json.loads(path.read_text())
        change(body["records"][0])
        path.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n")

    return with_checksums(forgery)


def rewritten(name: str, old: str, new: str) -> Forgery:
    """Change text in a file, its digest in the record and the checksums."""

    def forgery(bundle: Path) -> None:
        path = bundle / name
        path.write_text(path.read_text().replace(old, new))
        size, content = path.stat().st_size, digest(path)

        def relist(record: Content) -> None:
            for file in record["files"]:
                if file["path"] == name:
                    file.update(sha256=content, size_bytes=size)

        in_record(relist)(bundle)

    return forgery


def flip_byte(name: str) -> Forgery:
    def forgery(bundle: Path) -> None:
        content = bytearray((bundle / name).read_bytes())
        content[len(content) // 2] ^= 1
        (bundle / name).write_bytes(bytes(content))

    return forgery


def measured(record: Content, metric: str) -> Content:
    return next(each for each in record["measurements"] if each["metric"] == metric)


def judged(record: Content, metric: str) -> Content:
    return next(each for each in record["verdicts"] if each["gate"]["metric"] == metric)


def link_model(bundle: Path) -> None:
    (bundle / "model" / "model.onnx").unlink()
    (bundle / "model" / "model.onnx").symlink_to("/etc/hostname")


def swap_model(bundle: Path) -> None:
    (bundle / "model" / "model.onnx").write_bytes(b"a worse model")


def add_file(bundle: Path) -> None:
    (bundle / "extra.txt").write_text("x")


FORGERIES: dict[str, Forgery] = {
    "a byte of the model": flip_byte("model/model.onnx"),
    "a byte of the record": flip_byte("edgeci.json"),
    "a byte of the report": flip_byte("reports/report.md"),
    "a byte of the checksums": flip_byte("checksums.txt"),
    "another model under the same verdicts": with_checksums(swap_model),
    "a file that was not listed": add_file,
    "a file that is gone": lambda bundle: (bundle / "reports" / "report.md").unlink(),
    "the record is gone": lambda bundle: (bundle / "edgeci.json").unlink(),
    "a link instead of the model": link_model,
    "a second name for the model": lambda bundle: os.link(bundle / "model/model.onnx", bundle.parent / "second"),
    "an invented speed": in_record(lambda record: judged(record, "latency_cpu").update(value=9.0)),
    "an invented bound": in_record(lambda record: judged(record, "accuracy").update(lower=1.0)),
    "a failed verdict called passed": in_record(
        lambda record: measured(record, "latency_cpu").update(samples=measured(record, "latency_cpu")["reference"])
    ),
    "a limit loosened in the record": in_record(lambda record: judged(record, "latency_cpu")["gate"].update(limit=1.1)),
    "a gate left out of the record": in_record(lambda record: record["verdicts"].pop()),
    "a measurement left out of the record": in_record(lambda record: record["measurements"].pop(1)),
    "a gate added after judging": rewritten("edgeci.yaml", "limit: 2.0", "limit: 4.0"),
    "a verdict about another candidate": in_record(
        lambda record: judged(record, "size").update(candidate="onnxruntime-as-is-00000000")
    ),
    "no verdicts": in_record(lambda record: record.update(verdicts=[])),
}
