"""Making a virtual environment: its layer first, then its own packages, once, while others wait."""

import subprocess
import tempfile
import venv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from edgeci.accidents import FREE_SOME, FULL
from edgeci.errors import BackendMissing, WorkspaceError
from edgeci.isolation.surroundings import for_pip
from edgeci.isolation.virtual_environment import COMPLETE, VirtualEnvironment, python_of
from edgeci.records import explained
from edgeci.say import Say


def ensure(wanted: VirtualEnvironment, say: Say) -> None:
    """Make what is not whole yet.

    Raises:
        BackendMissing: pip could not install it.
        WorkspaceError: the disk is full, or the folder cannot be written.
    """
    name, folder = wanted.name, wanted.folder
    with explained(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with alone(folder.with_suffix(".lock"), lambda: say(f"{name}: waiting for another edgeci that makes {folder}")):
            if not wanted.is_whole:
                (folder / COMPLETE).unlink(missing_ok=True)  # it was made on a layer that is gone
                if wanted.layer is not None:
                    ensure(wanted.layer, say)
                make(wanted, say)


def make(wanted: VirtualEnvironment, say: Say) -> None:
    name, folder, made_of = wanted.name, wanted.folder, wanted.ingredients
    say(f"{name}: making its environment in {folder} (once)")
    venv.create(folder, with_pip=False, clear=True)
    run_module(name, folder, ("ensurepip", "--upgrade", "--default-pip"), {})
    if wanted.layer is not None:
        look_into(wanted.layer, wanted)
    for number, arguments in enumerate(made_of.installs, start=1):
        say(f"{name}: [{number}/{len(made_of.installs)}] pip install {' '.join(arguments)}")
        options = ("--quiet", "--disable-pip-version-check", "--no-input")
        run_module(name, folder, ("pip", "install", *options, *arguments), made_of.variables)
    (folder / COMPLETE).touch()


def look_into(layer: VirtualEnvironment, upper: VirtualEnvironment) -> None:
    """What the layer has counts as installed, to pip too; of what both have, the upper one's is imported."""
    (upper.packages / "edgeci_layer.pth").write_text(f"{layer.packages}\n")


@contextmanager
def alone(path: Path, say_waiting: Callable[[], None]) -> Iterator[None]:
    """Hold a lock; where another process holds it, say so and wait."""
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        say_waiting()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def run_module(name: str, folder: Path, arguments: tuple[str, ...], variables: Mapping[str, str]) -> None:
    """`python -m ...` of an environment, which imports nothing from where edgeci was started and sees no secret."""
    with tempfile.TemporaryDirectory(prefix="edgeci-pip-") as place:
        done = subprocess.run(
            [python_of(folder), "-I", "-m", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            cwd=place,
            env=for_pip(variables),
        )
    if FULL.search(done.stderr):
        raise WorkspaceError(f"{folder}: {FREE_SOME}")
    if done.returncode != 0:
        last = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("WARNING")][-3:]
        said = " ".join(last) or f"{arguments[0]} says nothing"
        raise BackendMissing(f"{name}: its environment cannot be made: {said}")
