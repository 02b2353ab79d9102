"""edgeci and Microsoft Olive on the same job: static int8 of the packaged classifier. Ratios, in one run.

    python benchmarks/against_olive.py --olive OLIVE_PYTHON [--rounds 5] [--json FILE]

OLIVE_PYTHON is the interpreter of Olive's own environment:

    python -m venv olive
    olive/bin/pip install torch==2.13.0       # first, or pip takes several GB of CUDA
    olive/bin/pip install 'olive-ai==0.13.*' 'pydantic<2.14' requests onnxruntime onnx onnx-ir sympy

Two comparisons, each from an empty cache in fresh processes, both with the operators, per-channel weights and
calibration items alike:

- make: edgeci's assess, plan and optimize (which also loads and runs the candidate and compares its answers) against
  Olive's pass without an evaluator, which checks nothing;
- verify: `edgeci run` (accuracy, paired timings over three launches, memory, size, gates, reports, release, manifests)
  against Olive's pass with its accuracy and latency evaluators on the input and the output model.
"""

import argparse
import json
import shutil
import sys
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

from side_by_side import Spent, in_turn, publish, ratio, timed

EXAMPLE = Path(str(files("edgeci"))) / "quickstart"
JOB = Path(__file__).parent / "olive_job.py"
ONE_THREAD = {"OMP_NUM_THREADS": "1", "CI": "true", "OLIVE_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1"}
CONFIG = """\
model: model.onnx
data:
  evaluation: {path: evaluation.npz, slices: slices, scale: 0.00392156862745098}
  calibration: {path: calibration.npz, scale: 0.00392156862745098}
targets:
  - {name: cpu, backends: [onnxruntime]}
propose: false
recipes:
  - {backend: onnxruntime, method: int8-static}
"""


def edgeci(mode: str) -> Spent:
    """The verbs in a fresh folder; for `verify` the released model's accuracy comes from the verdicts."""
    verbs = [("assess",), ("plan",), ("optimize",)] if mode == "make" else [("run", "--json")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("model.onnx", "evaluation.npz", "calibration.npz"):
            shutil.copyfile(EXAMPLE / file, folder / file)
        (folder / "edgeci.yaml").write_text(CONFIG)
        # 3: on a busy machine the gates cannot tell; the work, which is what is timed, was done all the same.
        spent = [timed([sys.executable, "-m", "edgeci.cli", *verb], folder, ONE_THREAD, (0, 3)) for verb in verbs]
        made = json.loads((folder / ".edgeci" / "candidates.json").read_text())["records"][1]
        facts: dict[str, Any] = {
            "bytes": sum(file["size_bytes"] for file in made["files"] if file["path"] == made["main"])
        }
        if mode == "verify":
            facts["accuracy"] = accuracy(folder / ".edgeci" / "measurements.json", made)
    return Spent(sum(each.wall_s for each in spent), sum(each.cpu_s for each in spent), json.dumps(facts))


def accuracy(path: Path, made: dict[str, Any]) -> float:
    measured = [
        each
        for each in json.loads(path.read_text())["records"]
        if each["metric"] == "accuracy" and each["conditions"].get("key") and each["samples"] != each["reference"]
    ]
    assert len(measured) == 1, f"one measurement of {made['main']} was expected"
    pairs = list(zip(measured[0]["samples"], measured[0]["labels"], strict=True))
    return sum(answer == label for answer, label in pairs) / len(pairs)


def olive(python: str, mode: str) -> Spent:
    with tempfile.TemporaryDirectory() as name:
        spent = timed([python, str(JOB), str(EXAMPLE), name, mode], Path(name), ONE_THREAD)
        answer = json.loads(spent.out.strip().splitlines()[-1])
        facts = {"bytes": Path(answer["model"]).stat().st_size, **answer["measured"]}
    return Spent(spent.wall_s, spent.cpu_s, json.dumps(facts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--olive", required=True, help="Python of Olive's environment.")
    parser.add_argument("--rounds", type=int, default=5, help="Rounds of each comparison.")
    parser.add_argument("--json", type=Path, help="File for every round.")
    chosen = parser.parse_args()
    ratios, facts = [], {}
    for mode in ("make", "verify"):
        olive(chosen.olive, mode)  # both once before it counts: caches of the file system, compiled Python
        edgeci(mode)
        rounds = in_turn(chosen.rounds, lambda mode=mode: edgeci(mode), lambda mode=mode: olive(chosen.olive, mode))
        for clock in ("wall_s", "cpu_s"):
            theirs, ours = ([getattr(pair[side], clock) for pair in rounds] for side in (1, 0))
            ratios.append(ratio(f"{mode}, {clock.removesuffix('_s')} time", theirs, ours))
        facts[mode] = {"edgeci": json.loads(rounds[-1][0].out), "olive": json.loads(rounds[-1][1].out)}
    publish(ratios, chosen.json, last_round=facts)
    print(json.dumps(facts, indent=1))


if __name__ == "__main__":
    main()
