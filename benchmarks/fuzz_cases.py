"""What the fuzz tries: damaged configurations, data and records, each made again from a seed and a number."""

import io
import json
import random
import shutil
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.mutations import JSON_TOKENS, YAML_TOKENS, as_json, as_yaml, damaged, rewritten
from edgeci import records
from edgeci.backends import registry
from edgeci.config_file import load
from edgeci.config_problems import Vocabulary
from edgeci.evaluation import embeddings, text
from edgeci.evaluation.samples import read_samples
from edgeci.gates.misfit import misfit
from edgeci.gates.rules import RULES
from edgeci.rendering.catalogue import template_names
from edgeci.types import DataSource, Noun, Release, Tensor, Text
from tests import builders

ROOT = Path(__file__).parents[1]
CONFIGURATIONS = (ROOT / "edgeci/quickstart/edgeci.yaml", *sorted((ROOT / "examples").rglob("edgeci.yaml")))
FULL = """
waivers: [{rule: retained, metric: accuracy, owner: Ada, reason: known, expires: "2999-12-31"}]
metric: accuracy
gates: {preset: course, rules: [{rule: regression, metric: size, limit: 0.1, against: base, target: null, name: mine}]}
load: {rate: 20, seconds: 5, seed: 1}
soak: {seconds: 60}
limits: {timeout_seconds: 600, memory_mb: 8192, model_mb: 100}
budget: {seconds: 30, launches: 3, seed: 0, priority: none}
text: {window: 128, prompt_tokens: 64, output_tokens: 16, answer_tokens: 32, chat_template: true}
render: {templates: [kubernetes], image: "a/b:c", values: {replicas: 2, names: [a, b]}}
backends: {onnxruntime: {environment: this}}
recipes:
  - {backend: onnxruntime, method: int8-static, options: {per_channel: true, block: 32}, label: mine,
     calibration: {path: c.npz, scale: 0.5, mean: [1, 2], std: [3.0, 4], resize: [8, 8], limit: 5}}
"""
SETTINGS: tuple[dict[str, Any], ...] = (
    {}, {"slices": "kind"}, {"scale": 0.5, "mean": (1.0,), "std": (2.0,)}, {"labels": "kind"}, {"labels": "x"},
    {"slices": "x", "limit": 2}, {"inputs": {"x": "a,b"}}, {"slices": "labels", "mean": (1.0, 2.0, 3.0)},
)  # fmt: skip
PRESSES = ({}, {"resize": (4, 3)}, {"color": "grayscale", "layout": "nhwc"}, {"slices": "class", "resize": (8, 8)})
IMAGES = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
ROWS = (
    {"text": "Running text, long enough for a window of eight."},
    {"prompt": "2 + 2 =", "choices": ["3", "4"], "label": 1, "kind": "sum"},
    {"prompt": "The capital of France is", "answer": "Paris", "kind": "city"},
    {"query": "a question", "passage": "its answer", "kind": "pair"},
)


@dataclass(frozen=True)
class Case:
    """A damaged input: where it lies, and who reads it."""

    subject: str
    files: dict[str, bytes]
    read: Callable[[Path], object]

    def run(self, folder: Path) -> object:
        shutil.rmtree(folder, ignore_errors=True)
        for name, content in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return self.read(folder)


class Letters:
    """The smallest tokenizer there is."""

    end_tokens = frozenset({0})

    def encode(self, content: str, is_start: bool) -> list[int]:
        return [1] * is_start + list(content.encode())

    def whole(self, content: str) -> list[int]:
        return [1, *content.encode(), 2]

    def decode(self, tokens: list[int]) -> str:
        return bytes(tokens).decode(errors="replace")

    def in_chat(self, prompt: str) -> str:
        return f"user: {prompt}"


def case(seed: int, number: int) -> Case:
    dice = random.Random(f"{seed} {number}")
    return (configuration, data, images, texts, record)[number % 5](dice)


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary(registry.names(), RULES, template_names(ROOT), misfit)


def configuration(dice: random.Random) -> Case:
    content = dice.choice(CONFIGURATIONS).read_text()
    tree = yaml.safe_load(content)
    if dice.randrange(2):
        tree |= yaml.safe_load(FULL)
    dump = dice.choice((as_yaml, as_json))
    structured = rewritten(tree, YAML_TOKENS, dump, dice)
    changed = dice.choice(
        (lambda: structured, lambda: damaged(content.encode(), dice), lambda: twice(structured, dice))
    )

    def read(folder: Path) -> object:
        loaded = load(folder / "edgeci.yaml", vocabulary())
        recipes = [recipe.id for recipe in loaded.config.recipes]
        return loaded.config.model_dump_json(), loaded.gates, loaded.where(("model",)), recipes

    return Case("configuration", {"edgeci.yaml": changed()}, read)


def twice(content: bytes, dice: random.Random) -> bytes:
    return damaged(content, dice)


def data(dice: random.Random) -> Case:
    kind = dice.choice(("npz", "npy", "csv", "jsonl", "parquet", "arrow"))
    files = {"npz": npz, "npy": npy, "csv": csv, "jsonl": jsonl, "parquet": parquet, "arrow": arrow}[kind](dice)
    settings = dice.choice(SETTINGS) | ({"labels": "y.npy"} if kind == "npy" and dice.randrange(2) else {})
    return Case(f"data, {kind}", files, lambda folder: every_item(DataSource(path=f"a.{kind}", **settings), folder))


def every_item(source: DataSource, folder: Path) -> object:
    """All that a worker asks of data."""
    samples = read_samples(source, folder, [Tensor(name="x", dtype="float32", shape=("n", *[None] * 1))])
    with np.errstate(all="ignore"):
        return len(list(samples)), samples.digests(), [part.encode() for part in samples.slices]


def arrays(dice: random.Random) -> dict[str, Any]:
    odd = (
        np.array(["a", "b", "c", "d"]), np.array([b"a", b"b", b"c", b"d"]), np.arange(4).astype("datetime64[s]"),
        np.ones(4, complex), np.zeros(4, [("a", "f4"), ("b", "O")] if dice.randrange(2) else [("a", "f4")]),
        np.array([1, None, "a", 2.5], object), np.float32(3), np.zeros((0, 3)), np.zeros((4, 0)), np.full(4, np.nan),
        np.array(["\udc80", "a", "b", "c"]), np.zeros((4, 3), ">f8"), np.zeros(4, "V8"), np.ones((4, 3), bool),
        np.full((4, 3), 1e300), np.full((4, 3), 2**63, np.uint64),
        np.full(4, 0x7FFFFFFF, np.uint32).view("<U1"), np.full(4, 0x110000, ">u4").view(">U1"), np.zeros(4, "U0"),
    )  # fmt: skip
    plain: dict[str, Any] = {
        "x": np.arange(12, dtype=np.float32).reshape(4, 3),
        "labels": np.array([0, 1, 2, 1]),
        "kind": np.array(["a", "b", "b", "a"]),
    }
    return plain | ({dice.choice(list(plain)): dice.choice(odd)} if dice.randrange(2) else {})


def encoded(array: Any, dice: random.Random) -> bytes:
    """An npy file; sometimes with a header that says something else than what follows."""
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    whole = stream.getvalue()
    if dice.randrange(2):
        return whole
    size = struct.unpack("<H", whole[8:10])[0]
    header = whole[10 : 10 + size]
    shape = dice.choice(
        (b"(4000000000,)", b"(-1,)", b"(4, 3", b"(1" + b"0" * 5000 + b",)", b"((" * 3000, b"None", b"(4.5,)")
    )
    old = dice.choice((b"(4, 3)", b"(4,)", b"'<f4'", b"'<i8'", b"False"))
    new = dice.choice(
        (shape, b"'|O'", b"'<U9'", b"'<f16'", b"'<M8[s]'", b"'<f4,(99999999,)i8'", b"[('a','<f4')]", b"True")
    )
    header = dice.choice((header.replace(old, new), damaged(header, dice)))
    version = dice.choice((b"\x01\x00", b"\x02\x00", b"\x03\x00", b"\x09\x00"))
    length = struct.pack("<H" if version[0] == 1 else "<I", len(header) % 65536)
    return whole[:6] + version + length + header + whole[10 + size :]


def npz(dice: random.Random) -> dict[str, bytes]:
    stream = io.BytesIO()
    method = dice.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, array in arrays(dice).items():
            archive.writestr(dice.choice((f"{name}.npy",) * 9 + (name, f"../{name}.npy")), encoded(array, dice))
    return {"a.npz": stream.getvalue() if dice.randrange(2) else damaged(stream.getvalue(), dice)}


def npy(dice: random.Random) -> dict[str, bytes]:
    made = arrays(dice)
    files = {
        "a.npy": encoded(made["x"], dice),
        "y.npy": encoded(made["labels"], dice),
        "kind": encoded(made["kind"], dice),
    }
    chosen = dice.choice(list(files))
    return files | {chosen: damaged(files[chosen], dice) if dice.randrange(2) else files[chosen]}


def csv(dice: random.Random) -> dict[str, bytes]:
    content = "a,b,x,labels,kind\n1,2.5,3,0,left\n-3,4e2,1,1,right\n7,8,9,2,left\n"
    for _ in range(dice.randrange(3)):
        content = content.replace(
            dice.choice(("2.5", "4e2", "left", ",0,", "x", "9")), dice.choice((*JSON_TOKENS, "a,b"))
        )
    content = content.replace(",", dice.choice((",", ",", ";", "\t", "|")))
    return {"a.csv": damaged(content.encode(), dice) if dice.randrange(2) else content.encode()}


def table(dice: random.Random) -> Any:
    """What a column can be, some of it not to be had."""
    import pyarrow

    columns = {
        "x": [[1.5, 2, 3], [4, 5, 6]],
        "labels": [0, 1],
        "kind": ["left", "right"],
        "a": [1, 2],
        "b": [3.5, None],
    }
    odd: tuple[Any, ...] = (
        [[1], [2, 3]], [None, 1], ["a", None], [{"p": 1}, {"p": 2}], [{"bytes": b"no", "path": None}] * 2, [b"a", b"b"],
        pyarrow.array(["a", "b"]).dictionary_encode(), pyarrow.array([1, 2], pyarrow.timestamp("ms")), [[], []],
    )  # fmt: skip
    return pyarrow.table(columns | {dice.choice(("x", "a", "labels", "z")): dice.choice((*odd, [1.5, 2.5]))})


def parquet(dice: random.Random) -> dict[str, bytes]:
    import pyarrow.parquet

    stream = io.BytesIO()
    pyarrow.parquet.write_table(table(dice), stream)
    return {"a.parquet": damaged(stream.getvalue(), dice) if dice.randrange(3) else stream.getvalue()}


def arrow(dice: random.Random) -> dict[str, bytes]:
    import pyarrow

    stream, made = io.BytesIO(), table(dice)
    with dice.choice((pyarrow.ipc.new_stream, pyarrow.ipc.new_file))(stream, made.schema) as writer:
        writer.write_table(made)
    return {"a.arrow": damaged(stream.getvalue(), dice) if dice.randrange(3) else stream.getvalue()}


def jsonl(dice: random.Random) -> dict[str, bytes]:
    rows = [{"x": [1.5, 2, 3], "labels": 1, "kind": "a"}, {"x": [4, 5, 6], "labels": 0, "kind": "b"}]
    return {"a.jsonl": json_lines(rows, dice)}


def json_lines(rows: list[dict[str, Any]], dice: random.Random) -> bytes:
    chosen = dice.randrange(len(rows))
    changed = rewritten(rows[chosen], JSON_TOKENS, as_json, dice)
    if dice.randrange(3) == 0:
        return b"\n".join([changed] * 3)
    content = b"\n".join([*(json.dumps(row).encode() for row in rows), changed])
    return damaged(content, dice) if dice.randrange(3) == 0 else content


def images(dice: random.Random) -> Case:
    from PIL import Image

    kind = dice.choice(IMAGES)
    files = {}
    for number, name in enumerate(("a", "b")):
        stream = io.BytesIO()
        Image.new("RGB", (6, 5), (number, 20, 30)).save(stream, kind)
        files[f"images/{name}/{number}"] = stream.getvalue()
    files["images/a/0"] = damaged(files["images/a/0"], dice)
    settings: dict[str, Any] = dict(dice.choice(PRESSES))
    tensor = Tensor(name="x", dtype="float32", shape=("n", None, None, None))

    def read(folder: Path) -> object:
        return len(list(read_samples(DataSource(path="images", **settings), folder, [tensor])))

    return Case(f"images, {kind.lower()}", files, read)


def texts(dice: random.Random) -> Case:
    kind, reader = dice.choice((("txt", text), ("jsonl", text), ("jsonl", embeddings), ("txt", embeddings)))
    rows = [dict(row) for row in (ROWS[:3] if reader is text else (ROWS[0], ROWS[3]))]
    content = (
        json_lines(rows, dice) if kind == "jsonl" else damaged(b"Some text\nin two lines, and a rest.\n" * 3, dice)
    )
    source = DataSource(path=f"a.{kind}", slices=dice.choice((None, "kind", "label")), limit=dice.choice((None, 2)))

    def read(folder: Path) -> object:
        items = reader.tokenize(source, folder, Letters(), Text(window=8))
        items.save(folder / "items.json")
        return text.load_samples(folder / "items.json").digests()

    return Case(f"texts, {kind}, {reader.__name__.rpartition('.')[2]}", {f"a.{kind}": content}, read)


@cache
def nouns() -> tuple[Noun, ...]:
    whole = builders.evidence()
    release = Release(
        candidate=whole.candidates[1], target=whole.targets[0], verdicts=whole.verdicts[:2],
        measurements=whole.measurements[:1], assessment=whole.assessment, hardware=whole.hardware,
        files=whole.candidates[1].files, edgeci="0.1.0",
    )  # fmt: skip
    return (
        whole.assessment, whole.candidates[1], whole.measurements[0], whole.verdicts[0], whole.decisions[0],
        whole.skipped[0], whole.hardware[0], release,
    )  # fmt: skip


def record(dice: random.Random) -> Case:
    noun = dice.choice(nouns())
    kind = type(noun).__name__.lower()
    content = records.encode(kind, [noun])
    if dice.randrange(4):
        content = rewritten(json.loads(content), JSON_TOKENS, as_json, dice)
    if dice.randrange(4) == 0:
        content = damaged(content, dice)

    def read(folder: Path) -> object:
        return records.decode((folder / "records.json").read_bytes(), type(noun), "records.json")

    return Case(f"records, {kind}", {"records.json": content}, read)
