"""Time and peak memory of `edgeci assess` as the weights grow from 1 MB to 1 GB: only hashing may grow with them.

    python benchmarks/assess_large_model.py [--rounds 5] [--json FILE]

The weights are external data, written as real zeros (no sparse file) beside the model. Peak memory is the largest
VmHWM seen among edgeci and its workers, read every 5 ms. Printed: each size against the smallest, round by round.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from side_by_side import publish, ratio

MEGABYTES = (1, 100, 1000)
CONFIG = """\
model: model.onnx
data: {evaluation: {path: evaluation.npz}}
targets: [{name: cpu}]
"""


def write_model(folder: Path, megabytes: int) -> None:
    """One matrix product whose weights lie in model.onnx.data."""
    from onnx import TensorProto, helper

    columns = megabytes * 1_000_000 // 4000
    weights = TensorProto(name="weights", data_type=TensorProto.FLOAT, dims=[1000, columns])
    weights.data_location = TensorProto.EXTERNAL
    for key, value in {"location": "model.onnx.data", "offset": "0", "length": str(4000 * columns)}.items():
        weights.external_data.add(key=key, value=value)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "weights"], ["y"])],
        "large",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1000])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, columns])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    with (folder / "model.onnx.data").open("wb") as stream:
        for _ in range(columns * 4000 // 1_000_000):
            stream.write(bytes(1_000_000))
    (folder / "edgeci.yaml").write_text(CONFIG)


def assess(folder: Path) -> tuple[float, float]:
    """Seconds and peak MB of one `edgeci assess` with everything it starts."""
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "edgeci.cli", "assess", "--quiet"], cwd=folder, start_new_session=True
    )
    peak_kb = 0
    while process.poll() is None:
        peak_kb = max([peak_kb, *map(high_water_kb, family(process.pid))])
        time.sleep(0.005)
    seconds = time.monotonic() - started
    assert process.returncode == 0, f"edgeci assess ended with {process.returncode}"
    return seconds, peak_kb / 1024


def family(root: int) -> list[int]:
    """A process and its descendants (workers lead sessions of their own, so it goes by parents)."""
    parents = {int(path.name): parent(path) for path in Path("/proc").iterdir() if path.name.isdigit()}
    members, waiting = [], [root]
    while waiting:
        members.append(waiting.pop())
        waiting += [child for child, above in parents.items() if above == members[-1]]
    return members


def parent(process: Path) -> int:
    return int(status(process, "PPid:") or 0)


def high_water_kb(pid: int) -> int:
    return int(status(Path("/proc") / str(pid), "VmHWM:") or 0)


def status(process: Path, key: str) -> str | None:
    """A number in /proc/PID/status; None when the process is gone."""
    try:
        lines = (process / "status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return next((line.split()[1] for line in lines if line.startswith(key)), None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="Rounds.")
    parser.add_argument("--json", type=Path, help="File for every round.")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folders = {megabytes: Path(name) / str(megabytes) for megabytes in MEGABYTES}
        for megabytes, folder in folders.items():
            folder.mkdir()
            write_model(folder, megabytes)
        os.sync()
        assess(folders[MEGABYTES[0]])  # once before it counts
        rounds = [{size: assess(folder) for size, folder in folders.items()} for _ in range(chosen.rounds)]
    ratios = [
        ratio(
            f"{what}, {size} MB / {MEGABYTES[0]} MB", values(rounds, size, index), values(rounds, MEGABYTES[0], index)
        )
        for index, what in enumerate(("time", "peak memory"))
        for size in MEGABYTES[1:]
    ]
    publish(ratios, chosen.json)


def values(rounds: list[dict[int, tuple[float, float]]], size: int, index: int) -> list[float]:
    return [each[size][index] for each in rounds]


if __name__ == "__main__":
    main()
