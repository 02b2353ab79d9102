"""Run Olive and find out what became of it: its exit code and return value say nothing, its footprint and log do."""

import difflib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from edgeci.backends.onnxruntime.session import OnnxSession
from edgeci.errors import BackendFailed, ConfigError
from edgeci.evaluation.samples import Array, Feeds, Samples
from edgeci.evaluation.scores import agreement as compared
from edgeci.types import Target

Passes = dict[str, dict[str, Any]]
LONGEST_REASON = 300
COMMON = {"type", "config", "host", "evaluator"}
"""Keys of a pass that are not its parameters."""


@dataclass(frozen=True)
class Outcome:
    """A model that came out of every pass."""

    source: Path
    model: Path
    passes: tuple[str, ...]
    """Types of the passes it went through."""
    notes: tuple[str, ...]
    said: str
    """The last warning or error of the run; empty where there was none."""


def execute(source: Path, wanted: dict[str, Any], samples: Samples | None, scratch: Path) -> Outcome:
    """Run a workflow in `scratch`.

    Raises:
        ConfigError: Olive does not take the configuration, or would ignore a part of it.
        BackendFailed: it made no model, or a pass failed; with what it said.
    """
    # Before Olive is imported: it counts its users, and shows progress bars, unless told otherwise.
    os.environ |= {"CI": "true", "OLIVE_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1"}
    from olive.workflows import run

    config = whole_config(source, wanted, samples, scratch)
    refuse_unreadable(config)
    if "search_strategy" in config:
        config["search_strategy"] = with_sampler(config["search_strategy"])
    with listening() as records:
        try:
            result = run(deepcopy(config))  # it alters what it is given
        except Exception as problem:  # a pass may raise anything
            raise BackendFailed(f"Olive failed: {last_words(records, problem)}") from problem
    best = result.get_best_candidate()
    if best is None or best.model_path is None:
        raise BackendFailed(f"Olive made no model: {last_words(records)}")
    chain = came_through(result.footprint, best.model_id)
    if "search_strategy" not in config and len(chain) != len(config["passes"]):
        raise BackendFailed(f"only {len(chain)} of {len(config['passes'])} passes were run: {last_words(records)}")
    return Outcome(
        source=source,
        model=main_file(Path(best.model_path)),
        passes=tuple(chain),
        notes=tuple(notes_of(result, best)) if "search_strategy" in config else (),
        said=last_words(records) if records else "",
    )


def main_file(path: Path) -> Path:
    """Olive names a folder where a model has several files."""
    if path.is_file():
        return path
    found = sorted(path.glob("*.onnx"))
    if len(found) != 1:
        raise BackendFailed(f"Olive's result holds {len(found)} ONNX files, so it is not clear which is the model")
    return found[0]


def whole_config(source: Path, wanted: dict[str, Any], samples: Samples | None, scratch: Path) -> dict[str, Any]:
    """A run on this machine's CPU that writes only in `scratch`, with the calibration data under that name."""
    config: dict[str, Any] = {
        "data_configs": [],
        **deepcopy(wanted),
        "input_model": {"type": "ONNXModel", "model_path": str(source)},
        "systems": {
            "here": {
                "type": "LocalSystem",
                "accelerators": [{"device": "cpu", "execution_providers": ["CPUExecutionProvider"]}],
            }
        },
        "target": "here",
        "evaluate_input_model": False,
        "output_dir": str(scratch / "output"),
        "cache_dir": str(scratch / "cache"),
        "log_severity_level": 2,
    }
    if samples is not None:
        items = write_items(samples, source, scratch / "items.npz")
        config["data_configs"] = [*config["data_configs"], calibration(items)]
        if config.get("evaluator") == "agreement":
            config["evaluators"] = {**config.get("evaluators", {}), "agreement": agreement(items)}
    return config


def calibration(items: Path) -> dict[str, Any]:
    register_items()
    return {
        "name": "calibration",
        "type": "DataContainer",
        "load_dataset_config": {"type": "edgeci_items", "params": {"path": str(items)}},
        "pre_process_data_config": {"type": "skip_pre_process"},
        "post_process_data_config": {"type": "skip_post_process"},
        "dataloader_config": {"type": "no_auto_batch_dataloader"},
    }


def agreement(items: Path) -> dict[str, Any]:
    """An evaluator of our own kind. Its metric must bear one of Olive's names, as its custom metrics crash in 0.13."""
    register_agreement()
    nominal = {"name": "accuracy_score", "priority": 1, "metric_config": {"task": "binary"}}
    return {
        "type": "edgeci_agreement",
        "type_args": {"items": str(items)},
        "metrics": [{"name": "agreement", "type": "accuracy", "sub_types": [nominal]}],
    }


def register_agreement() -> None:
    """Mean cosine similarity with the source's first outputs; 0 where an answer is not finite."""
    from olive.evaluator.metric_result import MetricResult
    from olive.evaluator.olive_evaluator import OliveEvaluator
    from olive.evaluator.registry import Registry

    class Agreement(OliveEvaluator):  # type: ignore[misc]
        def __init__(self, items: str) -> None:
            super().__init__()
            self.items = Path(items)

        def evaluate(self, model: Any, metrics: Any, device: Any = None, execution_providers: Any = None) -> Any:
            value = similarity(Path(model.model_path), self.items)
            found = {"value": value, "priority": 1, "higher_is_better": True}
            return MetricResult.model_validate({"agreement-accuracy_score": found})

    if Registry.get("edgeci_agreement") is None:
        Registry.register("edgeci_agreement")(Agreement)


def similarity(model: Path, items: Path) -> float:
    feeds, references = read_items(items)
    session = OnnxSession(model, Target(name="search"))
    found = []
    for each, theirs in zip(feeds, references, strict=True):
        ours = session.infer(each)[0]
        if not np.isfinite(ours).all() or ours.shape != theirs.shape:
            return 0.0
        found.append(compared(theirs[None], ours[None]).cosine)
    return float(np.mean(found))


def write_items(samples: Samples, source: Path, path: Path) -> Path:
    """What the model takes, item by item, and what it answers."""
    session = OnnxSession(source, Target(name="calibration"))
    arrays: dict[str, Array] = {}
    for index, feeds in enumerate(samples):
        arrays |= {f"{index}/feeds/{name}": values for name, values in feeds.items()}
        arrays[f"{index}/answer"] = session.infer(feeds)[0]
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def read_items(path: Path) -> tuple[list[Feeds], list[Array]]:
    """What `write_items` wrote: feeds and answers."""
    with np.load(path, allow_pickle=False) as archive:
        answers = {name.partition("/")[0]: archive[name] for name in archive.files if name.endswith("/answer")}
        feeds: dict[str, Feeds] = {index: {} for index in answers}
        for name in archive.files:
            index, _, rest = name.partition("/")
            if rest.startswith("feeds/"):
                feeds[index][rest.removeprefix("feeds/")] = archive[name]
    return list(feeds.values()), list(answers.values())


def register_items() -> None:
    """Calibration items as one of Olive's data sets; in the worker's own process, so no script is needed."""
    import torch
    from olive.data.registry import Registry

    class Items(torch.utils.data.Dataset):  # type: ignore[misc]
        def __init__(self, path: str) -> None:
            self.feeds, _ = read_items(Path(path))

        def __len__(self) -> int:
            return len(self.feeds)

        def __getitem__(self, index: int) -> Any:
            return {name: torch.from_numpy(values) for name, values in self.feeds[index].items()}, 0

    def items(path: str, **_: Any) -> Items:
        return Items(path)

    Registry.register_dataset("edgeci_items")(items)


def refuse_unreadable(config: dict[str, Any]) -> None:
    """Complain about what Olive would refuse, or worse, ignore.

    Raises:
        ConfigError: unknown pass or parameter, or a value of the wrong type.
    """
    from olive.package_config import OlivePackageConfig
    from olive.workflows.run.config import RunConfig

    package = OlivePackageConfig.parse_file_or_obj(OlivePackageConfig.get_default_config_path())
    for name, asked in config["passes"].items():
        for each in asked if isinstance(asked, list) else [asked]:
            refuse_unknown(name, each, package)
    try:
        RunConfig.parse_file_or_obj(deepcopy(config))
    except ValueError as problem:
        raise ConfigError(f"olive: {first_complaint(problem)}") from problem


def refuse_unknown(name: str, asked: Any, package: Any) -> None:
    from olive.hardware.accelerator import DEFAULT_CPU_ACCELERATOR

    if not isinstance(asked, dict) or not isinstance(asked.get("type"), str):
        raise ConfigError(f"olive: pass {name!r} is a mapping with `type` and its parameters")
    known_types = {key.lower(): each.module_path.rpartition(".")[2] for key, each in package.passes.items()}
    if asked["type"].lower() not in known_types:
        onnx_passes = sorted(kind for kind in known_types.values() if kind.startswith(("Onnx", "Ort")))
        near = difflib.get_close_matches(asked["type"], known_types.values(), n=1, cutoff=0.8)
        hint = f"did you mean {near[0]}?" if near else f"for ONNX models it has {', '.join(onnx_passes)}"
        raise ConfigError(f"olive: pass {name!r}: no pass {asked['type']!r}; {hint}")
    kind = package.import_pass_module(asked["type"])
    known = kind.default_config(DEFAULT_CPU_ACCELERATOR)
    if unknown := sorted((asked.keys() | (asked.get("config") or {}).keys()) - COMMON - known.keys()):
        raise ConfigError(f"olive: {asked['type']} has no parameter {', '.join(unknown)}; it has {', '.join(known)}")
    given = {**asked, **(asked.get("config") or {})}
    values = {key: value for key, value in given.items() if key in known and key != "data_config"}
    if not any(isinstance(value, dict) and "olive_parameter_type" in value for value in values.values()):
        try:
            kind.generate_config(DEFAULT_CPU_ACCELERATOR, values, {}, True)
        except ValueError as problem:
            raise ConfigError(f"olive: {asked['type']}: {first_complaint(problem)}") from problem


def first_complaint(problem: ValueError) -> str:
    """Of a pydantic error, which lists every way in which a value could have been right."""
    if not isinstance(problem, ValidationError):
        return shortened(problem)
    first = problem.errors()[0]
    place = ".".join(str(step) for step in first["loc"][:3])
    return shortened(f"{place}: {first['msg']}" if place else first["msg"])


def with_sampler(strategy: dict[str, Any]) -> dict[str, Any]:
    """The same strategy with a sampler that has its settings from birth.

    Olive 0.13 loses `sampler_config` on the way to the engine: every search would be exhaustive, with seed 1.
    """
    from olive.search.samplers import REGISTRY
    from olive.search.search_strategy import SearchStrategyConfig

    asked = SearchStrategyConfig.model_validate(deepcopy(strategy))
    settings = asked.sampler_config.model_dump()
    original = REGISTRY[asked.sampler]

    class Sampler(original):  # type: ignore[misc, valid-type]
        name = f"edgeci_{asked.sampler}"  # which registers it

        @classmethod
        def _default_config(cls) -> dict[str, Any]:
            known = original._default_config()
            for key, value in settings.items():
                known[key].default_value = value
            return dict(known)

    engine_keys = SearchStrategyConfig.model_fields.keys() - {"sampler", "sampler_config"}
    return {"sampler": Sampler.name, **{key: value for key, value in strategy.items() if key in engine_keys}}


def came_through(footprint: Any, model_id: str) -> list[str]:
    """Types of the passes between the input and a model, the first pass first."""
    chain: list[str] = []
    while (node := footprint.nodes[model_id]).parent_model_id is not None:
        if (node.model_config_data or {}).get("is_pruned"):
            raise BackendFailed(f"pass {node.from_pass} failed and Olive went on")
        chain.insert(0, str(node.from_pass))
        model_id = node.parent_model_id
    return chain


def notes_of(result: Any, best: Any) -> Iterator[str]:
    """Of a search: what was tried and what was chosen."""
    tried = [node for node in result.footprint.nodes.values() if node.parent_model_id is not None]
    failed = sum(bool((node.model_config_data or {}).get("is_pruned")) for node in tried)
    yield f"Olive's search made {len(tried)} models, {failed} of them failed"
    chosen = result.footprint.nodes[best.model_id].pass_run_config or {}
    searched = ("calibrate_method", "activation_type", "precision", "per_channel", "reduce_range")
    yield "it chose " + ", ".join(f"{name} {chosen[name]}" for name in searched if chosen.get(name) is not None)
    for found in (best.metrics_value or {}).values():
        yield f"by the agreement with the source on the calibration data: mean cosine {found['value']:.5f}"


@contextmanager
def listening() -> Iterator[list[logging.LogRecord]]:
    """Olive's warnings and errors while it runs."""
    records: list[logging.LogRecord] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    logger, listener = logging.getLogger("olive"), Listener(logging.WARNING)
    logger.addHandler(listener)
    try:
        yield records
    finally:
        logger.removeHandler(listener)


def last_words(records: list[logging.LogRecord], problem: BaseException | None = None) -> str:
    """The cause of what went wrong, from the innermost exception; else the last line of the log."""
    logged = [record.exc_info[1] for record in records if record.exc_info and record.exc_info[1]]
    cause = problem or (logged[-1] if logged else None)
    if cause is not None:
        return shortened(innermost(cause))
    return shortened(records[-1].getMessage()) if records else "it did not say why"


def innermost(problem: BaseException) -> BaseException:
    while problem.__cause__ is not None:
        problem = problem.__cause__
    return problem


def shortened(problem: object) -> str:
    text = " ".join(str(problem).split())[:LONGEST_REASON]
    return f"{type(problem).__name__}: {text}" if isinstance(problem, BaseException) else text
