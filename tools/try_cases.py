"""What edgeci says to inputs that people bring: `python -m tools.try_cases FOLDER` prints a table.

FOLDER holds a folder a case, each with a make.py that builds a model, its data and one edgeci.yaml or more where it is
run; modules beside the cases may be imported by them.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

SAID = ("edgeci: ", "skipped: ", "passed: ", "failed: ", "inconclusive: ", "is taken of")
PATIENCE_SECONDS = 600
WIDTH = 160


def tried(case: Path) -> Iterator[tuple[str, str, str]]:
    """Configuration, exit status and the lines that tell, of each run of a case."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / case.name
        shutil.copytree(case, folder)
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(case.parent), os.environ.get("PYTHONPATH", "")]),
        }
        made = subprocess.run(
            [sys.executable, "make.py"], cwd=folder, env=environment, capture_output=True, check=False
        )
        if made.returncode:
            yield "make.py", str(made.returncode), made.stderr.decode().strip().rpartition("\n")[2]
            return
        for config in sorted(folder.glob("edgeci*.yaml")):
            yield config.name, *run(config)


def run(config: Path) -> tuple[str, str]:
    command = [sys.executable, "-m", "edgeci.cli", "run", "--config", config.name, "--workspace", f".{config.stem}"]
    try:
        done = subprocess.run(
            command, cwd=config.parent, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired:
        return "-", f"did not end in {PATIENCE_SECONDS} s"
    told = [line.strip() for line in done.stderr.splitlines() if any(word in line for word in SAID)]
    return str(done.returncode), "\n".join(line[:WIDTH] for line in told) or "nothing"


def main() -> None:
    for case in sorted(path.parent for path in Path(sys.argv[1]).glob("*/make.py")):
        for name, status, said in tried(case):
            print(f"{case.name}  {name}  exit {status}")
            print("".join(f"    {line}\n" for line in said.splitlines()), end="")


if __name__ == "__main__":
    main()
