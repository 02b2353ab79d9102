"""What a worker can be asked to do. JSON in, JSON out; the only callers of frameworks and of file parsers.

A session stays loaded between requests of the same worker, so that two workers can be timed in turn.
"""

import ctypes
import gc
import hashlib
import importlib.metadata
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from edgeci.backends.protocol import Session
from edgeci.backends.registry import backend
from edgeci.errors import BackendFailed, ConfigError
from edgeci.evaluation.samples import Feeds, Samples, read_samples
from edgeci.evaluation.scores import score
from edgeci.formats.catalogue import CATALOGUE, tensor_counter
from edgeci.metrics import METRICS, OUTPUT_COMPARISONS
from edgeci.types import DataSource, Format, Recipe, Target, Tensor
from edgeci.work.scheduling import Priority, prioritized
from edgeci.work.warm_up import warm_up

REHEARSALS = 3

loaded: dict[str, Any] = {}
"""This worker's session and the item it is timed on."""


def assess(path: str, kind: Format = "onnx") -> dict[str, Any]:
    """What the model says about itself.

    Raises:
        InputRejected, BackendMissing: as the format's `read`.
    """
    return CATALOGUE[kind].read(path).model_dump()


def inspect(source: dict[str, Any], folder: str, tensors: list[dict[str, Any]], metric: str | None) -> dict[str, Any]:
    """Read data through once, so that every complaint about it comes before any work is done."""
    samples = read(source, folder, tensors)
    samples.feeds(0)
    if metric is not None and METRICS[metric].needs_labels and samples.labels is None:
        raise ConfigError(
            f"{source['path'] or source['python']}: no labels ({source['labels']!r}), which {metric} needs; "
            "without labels only agreement, kl_divergence and cosine_distance can be measured"
        )
    return {"items": len(samples), "digests": samples.digests(), "expected": expected(samples)}


def expected(samples: Samples) -> str:
    """Digest of the labels and slices: other ones make another measurement of the same items."""
    labels = b"" if samples.labels is None else np.ascontiguousarray(samples.labels, np.float64).tobytes()
    return hashlib.sha256(labels + "\n".join(samples.slices).encode(errors="surrogatepass")).hexdigest()


def read(source: dict[str, Any], folder: str, tensors: list[dict[str, Any]]) -> Samples:
    return read_samples(DataSource(**source), Path(folder), [Tensor(**tensor) for tensor in tensors])


def optimize(
    model: str,
    recipe: dict[str, Any],
    calibration: dict[str, Any] | None,
    folder: str,
    tensors: list[dict[str, Any]],
    output: str,
) -> dict[str, Any]:
    """Make a candidate; report its main file, notes, weight precision and the versions that made it."""
    chosen = Recipe(**recipe)
    module = backend(chosen.backend)
    samples = read(calibration, folder, tensors) if calibration is not None else None
    made = module.optimize(Path(model), chosen, samples, Path(output))
    return {
        "made": made.model_dump(),
        "versions": {name: version(name) for name in module.REQUIRES},
        "precision": precision(Path(output) / made.main),
    }


def version(module: str) -> str:
    """The installed distribution's version; the module's own where the names differ."""
    try:
        return importlib.metadata.version(module)
    except importlib.metadata.PackageNotFoundError:
        return str(getattr(importlib.import_module(module), "__version__", "unknown"))


def precision(main: Path) -> str:
    """Share of weights per dtype as the file holds them, largest first."""
    dtypes = tensor_counter(main.suffix)(str(main))
    total = sum(dtypes.values()) or 1
    shares = sorted(((count / total, name) for name, count in dtypes.items()), reverse=True)
    return ", ".join(f"{name} {share:.0%}" for share, name in shares if share >= 0.005) or "no weights"


def versions(modules: list[str]) -> dict[str, str]:
    """The installed version of each, by metadata where there is any."""
    return {name: version(name) for name in modules}


def importable(modules: list[str]) -> bool:
    """Import each, which raises what is wrong with it."""
    for name in modules:
        importlib.import_module(name)
    return True


def reachable_priority() -> str:
    """What a timed block of one thread would run at here."""
    with prioritized("auto", 1, 0.0) as reached:
        return reached


def outputs(
    model: str,
    recipe: dict[str, Any],
    target: dict[str, Any],
    source: dict[str, Any],
    folder: str,
    tensors: list[dict[str, Any]],
    items: int,
    save: str,
) -> dict[str, Any]:
    """Run the first items and save the first output as (items, ...) float64.

    Raises:
        BackendFailed: does not load, does not run, or an output is not finite.
    """
    samples = read(source, folder, tensors)
    session = open_session(model, recipe, target)
    found = []
    for index in range(min(items, len(samples))):
        answers = session.infer(samples.feeds(index))
        if any(answer.dtype.kind == "f" and not np.isfinite(answer).all() for answer in answers):
            raise BackendFailed(f"item {index}: the output holds NaN or infinity")
        found.append(np.asarray(answers[0], np.float64))
    if len({answer.shape for answer in found}) > 1:
        found = [answer.reshape(-1)[: min(part.size for part in found)] for answer in found]
    np.save(save, np.stack(found))
    return dict(session.runtime)


def predict(
    model: str,
    recipe: dict[str, Any],
    target: dict[str, Any],
    source: dict[str, Any],
    folder: str,
    tensors: list[dict[str, Any]],
    metrics: list[str],
    save: str | None = None,
) -> dict[str, Any]:
    """One raw sample per item and metric, batch 1, as the device will be asked.

    A comparison of whole outputs has none yet: it needs the baseline's too, so they are saved as (items, size).

    Raises:
        ConfigError: a metric needs labels or class scores, and there are none.
    """
    samples = read(source, folder, tensors)
    for metric in metrics:
        if METRICS[metric].needs_labels and samples.labels is None:
            raise ConfigError(f"{metric} needs labels, and the evaluation data has none")
    session = open_session(model, recipe, target)
    found: dict[str, list[float]] = {metric: [] for metric in metrics if metric not in OUTPUT_COMPARISONS}
    class_scores = []
    for index in range(len(samples)):
        output = session.infer(samples.feeds(index))[0]
        for metric, values in found.items():
            values.append(score(metric, output, None if samples.labels is None else samples.labels[index]))
        if save is not None:
            class_scores.append(several_scores(output))
    if save is not None:
        np.save(save, np.stack(class_scores))
    labelled = samples.labels is not None and any(METRICS[metric].kind == "class" for metric in metrics)
    return {
        "samples": found,
        "labels": [float(label) for label in samples.labels] if labelled and samples.labels is not None else [],
        "slices": list(samples.slices or ()),
    }


def several_scores(output: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The scores of one item's classes, or its embedding; a comparison of anything else means nothing."""
    if output.dtype.kind != "f" or output.size < 2:
        raise ConfigError(
            "kl_divergence needs outputs that are scores of several classes, cosine_distance an embedding, and these "
            "are neither"
        )
    return np.asarray(output, np.float32).reshape(-1)


def open_session(model: str, recipe: dict[str, Any], target: dict[str, Any]) -> Session:
    chosen = Recipe(**recipe)
    return backend(chosen.backend).load(Path(model), chosen, Target(**target))


def load(
    model: str,
    recipe: dict[str, Any],
    target: dict[str, Any],
    source: dict[str, Any],
    folder: str,
    tensors: list[dict[str, Any]],
) -> dict[str, Any]:
    """Load a session, keep it, and warm it up on the first item. Load time is CPU time, the framework imported."""
    feeds = read(source, folder, tensors).feeds(0)
    backend(Recipe(**recipe).backend)
    rehearse(model, recipe, target, feeds, 1)
    started = time.process_time_ns()
    session = open_session(model, recipe, target)
    loaded["session"], loaded["feeds"] = session, feeds
    load_ms = (time.process_time_ns() - started) / 1e6
    return {"load_ms": load_ms, "warm_up_runs": warmed_up(session, feeds), "runtime": dict(session.runtime)}


def rehearse(model: str, recipe: dict[str, Any], target: dict[str, Any], feeds: Feeds, runs: int) -> None:
    """Load and run once and let go: afterwards the runtime's own code and tables are in memory."""
    session = open_session(model, recipe, target)
    for _ in range(runs):
        session.infer(feeds)


def warmed_up(session: Session, feeds: Feeds) -> int:
    return warm_up(lambda: session.infer(feeds), window=5, tolerance=0.02)


def time_block(milliseconds: float, priority: Priority = "none", threads: int = 1) -> dict[str, Any]:
    """CPU and wall nanoseconds of each inference in one block; the first, which meets cold caches, is dropped."""
    session, feeds = loaded["session"], loaded["feeds"]
    before = time.perf_counter_ns()
    session.infer(feeds)
    expected_seconds = (time.perf_counter_ns() - before) / 1e9
    cpu: list[int] = []
    wall: list[int] = []
    with prioritized(priority, threads, expected_seconds) as scheduling:
        end = time.perf_counter_ns() + int(milliseconds * 1e6)
        while not wall or time.perf_counter_ns() < end:
            cpu_before, wall_before = time.process_time_ns(), time.perf_counter_ns()
            session.infer(feeds)
            wall.append(time.perf_counter_ns() - wall_before)
            cpu.append(time.process_time_ns() - cpu_before)
    return {"cpu_ns": cpu, "wall_ns": wall, "scheduling": scheduling, "untimed": 1}


def peak_memory(
    model: str,
    recipe: dict[str, Any],
    target: dict[str, Any],
    source: dict[str, Any],
    folder: str,
    tensors: list[dict[str, Any]],
) -> dict[str, Any]:
    """Peak resident memory of loading and running, above the loaded runtime, in a process of its own.

    The runtime is rehearsed first: its code pages and tables belong to it, not to the model. Then the kernel's
    high-water mark is reset and the model loaded afresh. (`ru_maxrss` would report the parent's peak.)
    """
    if sys.platform != "linux":
        return {"unavailable": f"peak memory is read from /proc, which {sys.platform} does not have"}
    feeds = read(source, folder, tensors).feeds(0)
    return measured_peak(lambda: rehearse(model, recipe, target, feeds, REHEARSALS))


def measured_peak(work: Callable[[], None]) -> dict[str, Any]:
    """MB that doing it takes above what having done it once leaves behind."""
    work()
    gc.collect()
    give_back_heap()
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError as problem:
        return {"unavailable": f"the high-water mark cannot be reset ({problem.strerror})"}
    before = high_water_kb()
    work()
    return {"peak_mb": (high_water_kb() - before) / 1024, "runtime_mb": before / 1024}


def give_back_heap() -> None:
    """Return freed memory to the system, where the C library can, so that it is not counted as the runtime's."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def high_water_kb() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise BackendFailed("/proc/self/status has no VmHWM")
