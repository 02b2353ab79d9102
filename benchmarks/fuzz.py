"""Damaged configurations, data and records by the thousand: is each read, or refused in one sentence?

    python -m benchmarks.fuzz --seconds 60
    python -m benchmarks.fuzz --cases 10000 --seed 1

Real files are damaged by the byte and by the token, and their trees are rewritten; edgeci must read the result or raise
one of its own errors. The reading happens in a child process with limited memory, which this one watches. Anything else
is a failure: another exception, a death, more than 10 s for one case, more than 300 MB above what the child began with.
Each failing input is kept. A case is made again from the seed and its number.
"""

import argparse
import itertools
import logging
import multiprocessing
import resource
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.fuzz_cases import Case, case
from edgeci.errors import EdgeciError
from tools.markdown_table import table

PATIENCE_SECONDS = 10.0
START_SECONDS = 60.0
MOST_GROWTH_MB = 300
ADDRESS_SPACE_BYTES = 4 << 30
READ = "read"


@dataclass(frozen=True)
class Outcome:
    """What became of one case: `read`, one of edgeci's errors, or a failure and its reason."""

    number: int
    subject: str
    name: str
    seconds: float = 0.0
    growth_mb: float = 0.0
    failure: str | None = None


def outcome(seed: int, number: int, folder: Path) -> Outcome:
    tried = case(seed, number)
    begun = time.perf_counter()
    name, failure = result(tried, folder)
    return Outcome(number, tried.subject, name, time.perf_counter() - begun, failure=failure)


def result(tried: Case, folder: Path) -> tuple[str, str | None]:
    try:
        tried.run(folder)
    except EdgeciError as problem:
        return type(problem).__name__, None
    except Exception as problem:  # noqa: BLE001 - which ones there are is the question
        return type(problem).__name__, f"{type(problem).__name__}: {str(problem)[:150]}"
    return READ, None


def child(pipe: Connection, seed: int, first: int) -> None:
    """Try case after case, until somebody ends this process."""
    warnings.simplefilter("ignore")  # Pillow says a lot of damaged images
    logging.disable()
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))
    with tempfile.TemporaryDirectory() as folder:
        began = peak_mb()
        pipe.send(began)
        for number in itertools.count(first):
            made = outcome(seed, number, Path(folder) / "case")
            pipe.send(replace(made, growth_mb=peak_mb() - began))


def peak_mb() -> float:
    """The most memory that was ever resident."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def outcomes(seed: int) -> Iterator[Outcome]:
    """Of case after case; one that kills or hangs the child costs only the child."""
    number = 0
    while True:
        for made in of_one_child(seed, number):
            number = made.number + 1
            yield made


def of_one_child(seed: int, first: int) -> Iterator[Outcome]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=child, args=(theirs, seed, first), daemon=True)
    process.start()
    theirs.close()
    try:
        number, patience = first, START_SECONDS
        while True:
            if not ours.poll(patience):
                yield Outcome(
                    number, subject(seed, number), "hung", patience, failure=f"took longer than {patience:g} s"
                )
                return
            message = ours.recv()
            if isinstance(message, Outcome):
                yield message
                number = message.number + 1
                if message.growth_mb > MOST_GROWTH_MB:
                    return
            patience = PATIENCE_SECONDS
    except EOFError:
        process.join()
        yield Outcome(number, subject(seed, number), "died", failure=f"the process died ({process.exitcode})")
    finally:
        process.kill()
        process.join()


def fault(made: Outcome) -> str | None:
    """Why an outcome is a failure."""
    if made.failure is None and made.seconds > PATIENCE_SECONDS:
        return f"took {made.seconds:.0f} s"
    if made.failure is None and made.growth_mb > MOST_GROWTH_MB:
        return f"grew by {made.growth_mb:.0f} MB"
    return made.failure


def keep(folder: Path, seed: int, number: int) -> list[Path]:
    """The input of a case, as files."""
    destination = folder / f"{seed}-{number}"
    for name, content in case(seed, number).files.items():
        (destination / name).parent.mkdir(parents=True, exist_ok=True)
        (destination / name).write_bytes(content)
    return [destination / name for name in case(seed, number).files]


def subject(seed: int, number: int) -> str:
    return case(seed, number).subject


def summary(made: list[Outcome]) -> str:
    """Cases by kind of input, and what became of them."""
    counts = Counter((each.subject, "failed" if fault(each) else each.name) for each in made)
    names = sorted({name for _, name in counts}, key=lambda name: (name != READ, name == "failed", name))
    rows = []
    for kind in sorted({each.subject for each in made}):
        ours = [each for each in made if each.subject == kind]
        slowest = max(each.seconds for each in ours)
        rows.append([kind, str(len(ours)), *(str(counts[kind, name]) for name in names), f"{slowest:.2f}"])
    total = [str(sum(count for (_, other), count in counts.items() if other == name)) for name in names]
    rows.append(["all", str(len(made)), *total, f"{max(each.seconds for each in made):.2f}"])
    return table(["input", "cases", *names, "slowest, s"], rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    bound = parser.add_mutually_exclusive_group()
    bound.add_argument("--seconds", type=float, default=60, help="Stop after so many seconds.")
    bound.add_argument("--cases", type=int, help="Stop after so many cases instead.")
    parser.add_argument("--seed", type=int, default=0, help="Of every choice.")
    parser.add_argument("--failures", type=Path, default=Path("fuzz-failures"), help="Folder for inputs that fail.")
    chosen = parser.parse_args()
    end = time.monotonic() + chosen.seconds
    made: list[Outcome] = []
    for each in itertools.islice(outcomes(chosen.seed), chosen.cases):
        made.append(each)
        if (reason := fault(each)) is not None:
            kept = keep(chosen.failures, chosen.seed, each.number)
            print(f"case {each.number}: {reason}; its input: {', '.join(map(str, kept))}", flush=True)
        if chosen.cases is None and time.monotonic() > end:
            break
    failed = sum(fault(each) is not None for each in made)
    print(summary(made))
    print(f"{failed} of {len(made)} cases failed; memory grew by {max(each.growth_mb for each in made):.0f} MB at most")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
