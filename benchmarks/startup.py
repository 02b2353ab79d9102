"""How much longer `edgeci --help` takes than an interpreter that does nothing: a ratio, in one run.

python benchmarks/startup.py [--rounds 30] [--json FILE]
"""

import argparse
import sys
from pathlib import Path

from side_by_side import Ratio, in_turn, publish, ratio, timed

NOTHING = [sys.executable, "-c", "pass"]
HELP = [sys.executable, "-m", "edgeci.cli", "--help"]
FEWEST_IMPORTS = [sys.executable, "-c", "import click, json, pathlib"]


def compare(rounds: int, name: str, command: list[str]) -> Ratio:
    here = Path.cwd()
    timed(command, here)
    pairs = in_turn(rounds, lambda: timed(NOTHING, here), lambda: timed(command, here))
    return ratio(name, [theirs.wall_s for _, theirs in pairs], [ours.wall_s for ours, _ in pairs])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30, help="Rounds.")
    parser.add_argument("--json", type=Path, help="File for every round.")
    chosen = parser.parse_args()
    ratios = [
        compare(chosen.rounds, "edgeci --help / python -c pass", HELP),
        compare(chosen.rounds, "import click / python -c pass", FEWEST_IMPORTS),
    ]
    publish(ratios, chosen.json)


if __name__ == "__main__":
    main()
