"""runner check: what a timing on this machine is worth, found out by timing things whose answer is known.

A model against its twin must never fail, and a model with 10 % more work must. Both go through the same sampling and
the same rule as `benchmark`. What comes out is the runner's passport: the smallest regression it can tell from noise.
A gate with a lower limit would be decided by chance, so `benchmark` refuses it.
"""

import random
import sys
import tempfile
import time
from pathlib import Path

from edgeci.backends.registry import missing_imports
from edgeci.config import Budget, Limits
from edgeci.errors import BackendMissing
from edgeci.hardware import yardstick
from edgeci.hardware.facts import facts
from edgeci.holding import held
from edgeci.isolation.process import Worker, ask_once
from edgeci.measuring.passport import USUAL, derive
from edgeci.measuring.sampling import Trace, run_launch
from edgeci.say import Say
from edgeci.types import DataSource, Gate, Items, Job, Passport, Recipe, Target
from edgeci.workbench.contender import Side
from edgeci.workbench.project import open_project, tracked, workspace_at

BACKEND = "onnxruntime"
RUNGS = (10, 11)
"""Eleven equal convolutions are 10 % more work than ten."""
ROUNDS = 36
"""Pairs of one launch."""
FEWEST_LAUNCHES = 3


def check(config: Path, folder: Path, seconds: float, say: Say) -> tuple[Passport, tuple[Gate, ...]]:
    """Write passport.json; return it with the gates that the runner must serve.

    Raises:
        ConfigError: the configuration is wrong. None is needed.
        BackendMissing: ONNX Runtime is not installed.
        BackendFailed: it does not run here.
    """
    budget, workspace = Budget(), workspace_at(folder, say)
    gates: tuple[Gate, ...] = (USUAL,)
    if config.exists():
        loaded = open_project(config, folder, say).loaded
        budget = loaded.config.budget
        gates = tuple(gate for gate in loaded.gates if gate.rule == "regression") or gates
    require(BACKEND)
    with held(workspace, tracked):
        passport = derive(*collect(seconds, budget, say), budget, facts())
        workspace.write("passport", [passport], Passport)
    return passport, gates


def require(backend: str) -> None:
    if missing := missing_imports(backend):
        raise BackendMissing(f"no {', '.join(missing)} here to time; `pip install 'edgeci[{backend}]'`")


def side(folder: Path, rungs: int) -> Side:
    return Side(
        sys.executable,
        Job(
            kind="tensors",
            model=str(folder / str(rungs) / "model.onnx"),
            recipe=Recipe(backend=BACKEND, method="as-is"),
            target=Target(name="runner"),
            items=Items(source=DataSource(path="items.npz"), folder=str(folder), tensors=(yardstick.TENSOR,)),
        ),
    )


def collect(seconds: float, budget: Budget, say: Say) -> tuple[list[Trace], list[Trace]]:
    """Traces of the usual model against its twin, and against the slower one."""
    with tempfile.TemporaryDirectory(prefix="edgeci-yardstick-") as folder:
        ask_once(Worker(Limits()), yardstick.write, Path(folder), list(RUNGS))
        usual, slower = (side(Path(folder), rungs) for rungs in RUNGS)
        return take_turns(usual, slower, seconds, budget, say)


def take_turns(usual: Side, slower: Side, seconds: float, budget: Budget, say: Say) -> tuple[list[Trace], list[Trace]]:
    """A trace a launch, of the usual model against its twin and against the slower one in turn."""
    equal: list[Trace] = []
    slow: list[Trace] = []
    order = random.Random(budget.seed)  # noqa: S311 - an order to be repeated, not a secret
    started = time.monotonic()
    while time.monotonic() - started < seconds or len(slow) < FEWEST_LAUNCHES:
        for other, traces in ((usual, equal), (slower, slow)):
            before, trace = time.monotonic(), Trace()
            run_launch(usual, other, Limits(), budget.priority, ROUNDS, order, trace)
            trace.seconds = time.monotonic() - before
            traces.append(trace)
        say(f"  {len(slow)} launches of each, {time.monotonic() - started:.0f} s of {seconds:.0f} s")
    return equal, slow
