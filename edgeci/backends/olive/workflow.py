"""Run an Olive workflow on this machine, and believe what its footprint and log say rather than its return value."""

import os
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeci.backends.olive.complaints import Records, last_words, listening
from edgeci.backends.olive.refusals import refuse_unreadable
from edgeci.backends.olive.sampler import with_sampler
from edgeci.backends.olive.surroundings import whole_config
from edgeci.backends.options import Values
from edgeci.errors import BackendFailed
from edgeci.evaluation.samples import Samples
from edgeci.offline import OFFLINE

Framework = Any
"""An object of Olive's, whose types are known only where it may be imported."""


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


def execute(source: Path, wanted: Values, samples: Samples | None, scratch: Path) -> Outcome:
    """Run a workflow in `scratch`.

    Raises:
        ConfigError: Olive does not take the configuration, or would ignore a part of it.
        BackendFailed: it made no model, or a pass failed; with what it said.
    """
    os.environ |= OFFLINE  # before Olive is imported: it counts its users, and shows progress bars
    config = whole_config(source, wanted, samples, scratch)
    refuse_unreadable(config)
    if "search_strategy" in config:
        config["search_strategy"] = with_sampler(config["search_strategy"])
    with listening() as records:
        result = run(config, records)
    return outcome_of(source, config, result, records)


def run(config: Values, records: Records) -> Framework:
    """
    Raises:
        BackendFailed: a pass raised something.
    """
    from olive import workflows

    try:
        return workflows.run(deepcopy(config))  # it alters what it is given
    except Exception as problem:  # a pass may raise anything
        raise BackendFailed(f"Olive failed: {last_words(records, problem)}") from problem


def outcome_of(source: Path, config: Values, result: Framework, records: Records) -> Outcome:
    """
    Raises:
        BackendFailed: there is no model, or not every pass was run.
    """
    best, is_search = result.get_best_candidate(), "search_strategy" in config
    if best is None or best.model_path is None:
        raise BackendFailed(f"Olive made no model: {last_words(records)}")
    chain = came_through(result.footprint, best.model_id)
    if not is_search and len(chain) != len(config["passes"]):
        raise BackendFailed(f"only {len(chain)} of {len(config['passes'])} passes were run: {last_words(records)}")
    return Outcome(
        source=source,
        model=main_file(Path(best.model_path)),
        passes=tuple(chain),
        notes=tuple(notes_of(result, best)) if is_search else (),
        said=last_words(records) if records else "",
    )


def main_file(path: Path) -> Path:
    """Olive names a folder where a model has several files."""
    if path.is_file():
        return path
    models = sorted(path.glob("*.onnx"))
    if len(models) != 1:
        raise BackendFailed(f"Olive's result holds {len(models)} ONNX files, so it is not clear which is the model")
    return models[0]


def came_through(footprint: Framework, model_id: str) -> list[str]:
    """Types of the passes between the input and a model, the first pass first."""
    chain: list[str] = []
    while (node := footprint.nodes[model_id]).parent_model_id is not None:
        if (node.model_config_data or {}).get("is_pruned"):
            raise BackendFailed(f"pass {node.from_pass} failed and Olive went on")
        chain.insert(0, str(node.from_pass))
        model_id = node.parent_model_id
    return chain


def notes_of(result: Framework, best: Framework) -> Iterator[str]:
    """Of a search: what was tried and what was chosen."""
    tried = [node for node in result.footprint.nodes.values() if node.parent_model_id is not None]
    failed = sum(bool((node.model_config_data or {}).get("is_pruned")) for node in tried)
    yield f"Olive's search made {len(tried)} models, {failed} of them failed"
    chosen = result.footprint.nodes[best.model_id].pass_run_config or {}
    searched = ("calibrate_method", "activation_type", "precision", "per_channel", "reduce_range")
    yield "it chose " + ", ".join(f"{name} {chosen[name]}" for name in searched if chosen.get(name) is not None)
    for metric in (best.metrics_value or {}).values():
        yield f"by the agreement with the source on the calibration data: mean cosine {metric['value']:.5f}"
