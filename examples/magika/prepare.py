"""Prepare the second example: magika, a model in production use, and files whose type is known.

    pip install 'edgeci[onnxruntime]' magika scikit-learn
    python examples/magika/prepare.py magika-example
    cd magika-example && edgeci run

The model is copied byte for byte from the installed package `magika` (Apache-2.0). Nothing is downloaded, and no label
is magika's own opinion: an item is either a file that its project ships under a known extension (the standard library,
numpy, scipy, scikit-learn, onnx) or one that a library has just written in a known format.
The same versions give the same items on every machine.
"""

import argparse
import bz2
import csv
import difflib
import gzip
import hashlib
import importlib.util
import io
import json
import lzma
import marshal
import pickle
import plistlib
import pydoc_data.topics
import random
import shutil
import sqlite3
import sys
import sysconfig
import tarfile
import time
import wave
import zipfile
import zlib
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from dataclasses import dataclass
from email.message import EmailMessage
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import yaml
from PIL import Image, ImageDraw

EVALUATION_PER_TYPE = 6
CALIBRATION_PER_TYPE = 2
WINDOW = 4096
TOKENS = 1024
PADDING = 256
FEWEST_BYTES = 8

SHIPPED = {
    "c": [("numpy", ".c"), ("numpy", ".h")],
    "cpp": [("onnx", ".cc"), ("onnx", ".h")],
    "csv": [("numpy", ".csv"), ("scikit-learn", ".csv")],
    "fortran": [("numpy", ".f90"), ("numpy", ".f")],
    "gzip": [("scikit-learn", ".gz")],
    "ini": [("scikit-learn", "entry_points.txt"), ("numpy", "entry_points.txt"), ("onnx", "entry_points.txt")],
    "onnx": [("onnx", ".onnx"), ("onnxruntime", ".onnx")],
    "proto": [("onnx", ".proto")],
    "python": [("python", ".py")],
    "rst": [("scikit-learn", ".rst")],
    "wav": [("scipy", ".wav")],
    {"darwin": "macho", "win32": "pebin"}.get(sys.platform, "elf"): [("scipy", ".so"), ("scipy", ".pyd")],
}
"""Content type -> distributions (`python`: the standard library) and endings under which they ship it."""


@dataclass(frozen=True)
class Item:
    """A file by its type, where it comes from, and what it holds."""

    label: str
    name: str
    content: bytes


def package() -> Path:
    """The folder of the installed magika, which need not be imported."""
    spec = importlib.util.find_spec("magika")
    if spec is None or spec.origin is None:
        raise SystemExit("magika is not installed: pip install magika")
    return Path(spec.origin).parent


def model_folder() -> Path:
    """The newest standard model that the package ships."""
    return max((package() / "models").glob("standard_v*"), key=lambda folder: folder.name)


def class_names() -> list[str]:
    """magika's content types, in the order of the model's output."""
    settings = json.loads((model_folder() / "config.min.json").read_text())
    ours = {"beg_size": TOKENS, "mid_size": 0, "end_size": TOKENS, "padding_token": PADDING, "block_size": WINDOW}
    theirs = {key: settings[key] for key in ours}
    if theirs != ours:
        raise SystemExit(f"this magika reads files differently than this example knows: {theirs}, not {ours}")
    return list(settings["target_labels_space"])


def features(content: bytes) -> np.ndarray:
    """(2048,) uint16: the first and the last 1024 bytes, without white space around them, padded with 256."""
    begin = content[:WINDOW].lstrip()[:TOKENS]
    end = content[-WINDOW:].rstrip()[-TOKENS:]
    tokens = np.full(2 * TOKENS, PADDING, np.uint16)
    tokens[: len(begin)] = np.frombuffer(begin, np.uint8)
    tokens[2 * TOKENS - len(end) :] = np.frombuffer(end, np.uint8)
    return tokens


def shipped(label: str) -> Iterator[Item]:
    """Installed files of a type, in an order that has nothing to do with their content."""
    for name, ending in SHIPPED[label]:
        files = sorted(installed(name, ending), key=lambda pair: hashlib.sha256(pair[0].encode()).hexdigest())
        for relative, path in files:
            yield Item(label, f"{name}: {relative}", path.read_bytes())


def installed(name: str, ending: str) -> Iterator[tuple[str, Path]]:
    """Relative and full paths of a distribution's files with this ending."""
    if name == "python":
        root = Path(sysconfig.get_path("stdlib"))
        for path in root.rglob(f"*{ending}"):
            relative = path.relative_to(root).as_posix()
            if not relative.startswith(("site-packages/", "dist-packages/", "test/", "lib2to3/tests/")):
                yield relative, path
        return
    for file in distribution(name).files or ():
        path = Path(str(file.locate()))
        if file.name.endswith(ending) and path.is_file():
            yield file.as_posix(), path


def prose(chance: random.Random, paragraphs: int) -> str:
    """English of the Python documentation."""
    topics = pydoc_data.topics.topics
    text = "\n\n".join(topics[key] for key in chance.sample(sorted(topics), 3))
    parts = [part.strip() for part in text.split("\n\n") if len(part.split()) > 12]
    return "\n\n".join(chance.sample(parts, min(paragraphs, len(parts))))


def words(chance: random.Random, count: int) -> list[str]:
    return [word.strip(".,:;()`*\"'") or "word" for word in chance.choices(prose(chance, 6).split(), k=count)]


def record(chance: random.Random) -> dict[str, Any]:
    first, second, third = words(chance, 3)
    return {
        "id": chance.randrange(10**6),
        "name": f"{first} {second}",
        "price": round(chance.uniform(1, 500), 2),
        "active": chance.random() < 0.5,
        "tags": [third, first.lower()],
        "size": {"width": chance.randrange(100), "height": chance.randrange(100)},
    }


def records(chance: random.Random) -> list[dict[str, Any]]:
    return [record(chance) for _ in range(chance.randrange(5, 40))]


def table(chance: random.Random) -> list[list[Any]]:
    return [["id", "name", "price", "active"]] + [list(row.values())[:4] for row in records(chance)]


def separated(chance: random.Random, delimiter: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(table(chance))
    return text.getvalue().encode()


def ini(chance: random.Random) -> bytes:
    parser = ConfigParser(interpolation=None)
    for section in dict.fromkeys(word.lower() for word in words(chance, 6)):
        if section != "default":
            parser[section] = {key.lower().replace("=", ""): str(chance.randrange(999)) for key in words(chance, 5)}
    text = io.StringIO()
    parser.write(text)
    return text.getvalue().encode()


def toml(chance: random.Random) -> bytes:
    lines = [f'title = "{" ".join(words(chance, 4))}"']
    for number, row in enumerate(records(chance)):
        lines += ["", f"[item.entry{number}]", f'name = "{row["name"]}"', f"price = {row['price']}"]
        lines += [f"active = {str(row['active']).lower()}", f"tags = {json.dumps(row['tags'])}"]
    return "\n".join(lines).encode()


def xml(chance: random.Random) -> bytes:
    root = ElementTree.Element("catalog")
    for row in records(chance):
        entry = ElementTree.SubElement(root, "item", id=str(row["id"]), active=str(row["active"]))
        ElementTree.SubElement(entry, "name").text = row["name"]
        ElementTree.SubElement(entry, "price").text = str(row["price"])
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def svg(chance: random.Random) -> bytes:
    root = ElementTree.Element("svg", xmlns="http://www.w3.org/2000/svg", width="200", height="200")
    for _ in range(chance.randrange(5, 40)):
        x, y, r = (str(chance.randrange(200)) for _ in range(3))
        ElementTree.SubElement(root, "circle", cx=x, cy=y, r=r, fill=f"#{chance.randrange(16**6):06x}")
    return ElementTree.tostring(root)


def html(chance: random.Random) -> bytes:
    title = " ".join(words(chance, 5)).replace("<", "").replace("&", "")
    page = ElementTree.Element("html", lang="en")
    ElementTree.SubElement(ElementTree.SubElement(page, "head"), "title").text = title
    body = ElementTree.SubElement(page, "body")
    ElementTree.SubElement(body, "h1").text = title
    for paragraph in prose(chance, 12).split("\n\n"):
        ElementTree.SubElement(body, "p").text = paragraph
    return b"<!DOCTYPE html>\n" + ElementTree.tostring(page, method="html")


def markdown(chance: random.Random) -> bytes:
    parts = [f"# {' '.join(words(chance, 4))}"]
    for paragraph in prose(chance, 6).split("\n\n"):
        text = " ".join(paragraph.split())
        bullets = "\n".join(f"- **{word}**: [{word}](https://example.org/{number})" for number, word in
                            enumerate(words(chance, 4)))  # fmt: skip
        parts += [f"## {' '.join(words(chance, 3))}", text, bullets, f"```python\nprint({chance.random():.3f})\n```"]
    return "\n\n".join(parts).encode()


def notebook(chance: random.Random) -> bytes:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": prose(chance, 1).splitlines(keepends=True)},
        {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [], "source": ["import numpy as np"]},
    ]
    return json.dumps({"cells": cells * 3, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1).encode()


def mail(chance: random.Random) -> bytes:
    message = EmailMessage()
    sender, receiver = (word.lower().encode("ascii", "ignore").decode() or "a" for word in words(chance, 2))
    message["From"], message["To"] = f"{sender} <a@example.org>", f"{receiver} <b@example.org>"
    message["Subject"], message["Date"] = " ".join(words(chance, 4)), "Mon, 02 Nov 2026 10:00:00 +0000"
    message["Message-ID"] = f"<{chance.randrange(10**9)}@example.org>"
    message.set_content(prose(chance, 4))
    if chance.random() < 0.5:
        message.add_attachment(chance.randbytes(900), maintype="application", subtype="pdf", filename="a.pdf")
        message.set_boundary(f"=={chance.randrange(10**9)}==")
    return bytes(message)


def patch(chance: random.Random) -> bytes:
    before = prose(chance, 12).splitlines(keepends=True)
    after = [line.upper() if chance.random() < 0.1 else line for line in before if chance.random() > 0.1]
    return "".join(difflib.unified_diff(before, after, "a/notes.txt", "b/notes.txt")).encode()


def database(chance: random.Random) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL, active INTEGER)")
    rows = {row["id"]: (row["id"], row["name"], row["price"], row["active"]) for row in records(chance)}
    connection.executemany("INSERT INTO item VALUES (?, ?, ?, ?)", rows.values())
    connection.commit()
    return connection


def sqlite(chance: random.Random) -> bytes:
    with database(chance) as connection:
        return bytes(connection.serialize())


def sql(chance: random.Random) -> bytes:
    with database(chance) as connection:
        return "\n".join(connection.iterdump()).encode()


def bytecode(chance: random.Random) -> bytes:
    paths = sorted(path for path in Path(sysconfig.get_path("stdlib")).glob("*.py"))
    source = chance.choice(paths)
    header = importlib.util.MAGIC_NUMBER + bytes(4) + chance.randbytes(4) + source.stat().st_size.to_bytes(4, "little")
    return header + marshal.dumps(compile(source.read_bytes(), source.name, "exec"))


def picture(chance: random.Random) -> Image.Image:
    size = chance.randrange(24, 160)
    image = Image.new("RGB", (size, size), tuple(chance.randrange(256) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(chance.randrange(3, 30)):
        x, y = sorted(chance.sample(range(size), 2))
        draw.ellipse((x, x, y, y), fill=tuple(chance.randrange(256) for _ in range(3)))
    return image


def image(kind: str, **options: Any) -> Callable[[random.Random], bytes]:
    def write(chance: random.Random) -> bytes:
        stream = io.BytesIO()
        picture(chance).save(stream, kind, **options)
        return stream.getvalue()

    return write


def sound(chance: random.Random) -> bytes:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setparams((chance.choice([1, 2]), 2, chance.choice([8000, 44100]), 0, "NONE", ""))
        wave_form = 9000 * np.sin(np.arange(2000) * chance.uniform(0.01, 0.5))
        file.writeframes(wave_form.astype("<i2").tobytes())
    return stream.getvalue()


def array(chance: random.Random) -> np.ndarray:
    shape = (chance.randrange(4, 60), chance.randrange(2, 20))
    return np.random.default_rng(chance.randrange(10**6)).normal(size=shape).astype(chance.choice(["f4", "f8"]))


def npy(chance: random.Random) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array(chance))
    return stream.getvalue()


def npz(chance: random.Random) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, images=array(chance), labels=array(chance))
    return stream.getvalue()


def archive(chance: random.Random) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", chance.choice([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])) as file:
        for number in range(chance.randrange(1, 5)):
            file.writestr(zipfile.ZipInfo(f"notes/{number}.txt"), prose(chance, 3))
    return stream.getvalue()


def tar(chance: random.Random) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as file:
        for number in range(chance.randrange(1, 5)):
            content = prose(chance, 3).encode()
            entry = tarfile.TarInfo(f"notes/{number}.txt")
            entry.size = len(content)
            file.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


WRITTEN: dict[str, Callable[[random.Random], bytes]] = {
    "applebplist": lambda chance: plistlib.dumps({"items": records(chance)}, fmt=plistlib.FMT_BINARY),
    "appleplist": lambda chance: plistlib.dumps({"items": records(chance)}),
    "bmp": image("BMP"),
    "bzip": lambda chance: bz2.compress(prose(chance, 8).encode()),
    "csv": lambda chance: separated(chance, ","),
    "diff": patch,
    "eml": mail,
    "gif": image("GIF"),
    "gzip": lambda chance: gzip.compress(prose(chance, 8).encode(), mtime=0),
    "html": html,
    "ico": image("ICO"),
    "ini": ini,
    "ipynb": notebook,
    "jpeg": image("JPEG"),
    "json": lambda chance: json.dumps(records(chance), indent=chance.choice([None, 2])).encode(),
    "jsonl": lambda chance: "\n".join(map(json.dumps, records(chance))).encode(),
    "markdown": markdown,
    "npy": npy,
    "npz": npz,
    "pdf": image("PDF", creationDate=time.gmtime(0), modDate=time.gmtime(0)),
    "pickle": lambda chance: pickle.dumps(records(chance), protocol=chance.choice([2, 4])),
    "png": image("PNG"),
    "pythonbytecode": bytecode,
    "randombytes": lambda chance: chance.randbytes(chance.randrange(600, 6000)),
    "sql": sql,
    "sqlite": sqlite,
    "svg": svg,
    "tar": tar,
    "tga": image("TGA"),
    "tiff": image("TIFF"),
    "toml": toml,
    "tsv": lambda chance: separated(chance, "\t"),
    "txt": lambda chance: prose(chance, 10).encode(),
    "wav": sound,
    "webp": image("WEBP"),
    "xml": xml,
    "xz": lambda chance: lzma.compress(prose(chance, 8).encode()),
    "yaml": lambda chance: yaml.safe_dump(records(chance)).encode(),
    "zip": archive,
    "zlibstream": lambda chance: zlib.compress(prose(chance, 8).encode()),
}
"""Content type -> how a library writes one."""


def written(label: str) -> Iterator[Item]:
    """Files of a type, as many as are asked for, each from a seed of its own."""
    number = 0
    while True:
        yield Item(label, f"written: {label} {number}", WRITTEN[label](random.Random(f"{label} {number}")))
        number += 1


def candidates(label: str) -> Iterator[Item]:
    """Shipped files first; where they are too few, written ones."""
    if label in SHIPPED:
        yield from shipped(label)
    if label in WRITTEN:
        yield from written(label)


def choose() -> tuple[list[Item], list[Item]]:
    """Items that judge and items that calibrate; no two look the same to the model."""
    judging: list[Item] = []
    calibrating: list[Item] = []
    seen: set[bytes] = set()
    for label in sorted({*SHIPPED, *WRITTEN}):
        chosen: list[Item] = []
        for item in candidates(label):
            looks_like = features(item.content).tobytes()
            if len(item.content.strip()) >= FEWEST_BYTES and looks_like not in seen:
                seen.add(looks_like)
                chosen.append(item)
            if len(chosen) == EVALUATION_PER_TYPE + CALIBRATION_PER_TYPE:
                break
        calibrating += chosen[:CALIBRATION_PER_TYPE]
        judging += chosen[CALIBRATION_PER_TYPE:]
    for items in (judging, calibrating):
        random.Random(0).shuffle(items)  # so that the first few, which are checked first, are of many types
    return judging, calibrating


def save(path: Path, items: list[Item], names: list[str]) -> None:
    """`slices` says which type an item is of, so that a report can show where a candidate fails."""
    np.savez_compressed(
        path,
        bytes=np.stack([features(item.content) for item in items]),
        labels=np.array([names.index(item.label) for item in items]),
        slices=np.array([item.label for item in items]),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    names = class_names()
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(model_folder() / "model.onnx", folder / "model.onnx")
    shutil.copyfile(Path(__file__).with_name("edgeci.yaml"), folder / "edgeci.yaml")
    judging, calibrating = choose()
    save(folder / "evaluation.npz", judging, names)
    save(folder / "calibration.npz", calibrating, names)
    types = len({item.label for item in judging})
    print(f"{folder}: {model_folder().name}, {len(judging)} files of {types} types to judge, {len(calibrating)} others")


if __name__ == "__main__":
    main()
