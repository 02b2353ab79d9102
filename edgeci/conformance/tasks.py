"""What the conformance suite asks of a worker, which alone has the backend's framework."""

import importlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from edgeci.backends import registry
from edgeci.backends.protocol import EmbeddingSession
from edgeci.errors import BackendFailed, EdgeciError
from edgeci.types import Assessment, Recipe, Target


def attempt(what: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The value of a task of the pipeline, or what it raised; a crash is the parent's to notice."""
    module, _, name = what.partition(":")
    try:
        return {"value": getattr(importlib.import_module(module), name)(**arguments)}
    except EdgeciError as problem:
        return {"error": type(problem).__name__, "message": str(problem), "is_deliberate": True}
    except Exception as problem:  # noqa: BLE001 - what a backend lets through is the question
        message = f"{type(problem).__name__}: {' '.join(str(problem).split())}"[:500]
        return {"error": "BackendFailed", "message": message, "is_deliberate": False}


def attempts(what: str, recipes: list[dict[str, Any]], folder: str, arguments: dict[str, Any]) -> list[list[Any]]:
    """Of each recipe: the error, or "" where it was made; its message; whether it was the backend's own."""
    answers = []
    for number, recipe in enumerate(recipes):
        output = Path(folder) / str(number)
        output.mkdir()
        answer = attempt(what, {**arguments, "recipe": recipe, "output": str(output)})
        answers.append([answer.get("error", ""), answer.get("message", ""), answer.get("is_deliberate", False)])
    return answers


def imported(name: str, assessment: dict[str, Any], target: dict[str, Any]) -> dict[str, list[str]]:
    """Of the frameworks it requires, those that importing the module brings in, and those that proposing does."""
    before = set(sys.modules)
    required = {module.partition(".")[0] for module in registry.backend(name).REQUIRES}
    by_import = {module.partition(".")[0] for module in set(sys.modules) - before} & required
    list(registry.backend(name).propose(Assessment(**assessment), Target(**target)))
    by_propose = {module.partition(".")[0] for module in set(sys.modules) - before} & required - by_import
    return {"import": sorted(by_import), "propose": sorted(by_propose)}


def without_frameworks(name: str, assessment: dict[str, Any], target: dict[str, Any]) -> dict[str, Any]:
    """What is said to be missing, and whether it still proposes, where nothing it requires can be imported."""
    here = set(sys.modules)
    required = registry.backend(name).REQUIRES
    hidden = [module for module in required if module.partition(".")[0] not in here]
    for module in hidden:
        sys.modules[module.partition(".")[0]] = None  # type: ignore[assignment]  # as if it were not installed
        sys.modules[module] = None  # type: ignore[assignment]
    proposed = registry.backend(name).propose(Assessment(**assessment), Target(**target))
    return {
        "hidden": hidden,
        "missing": registry.missing_imports(name),
        "proposed": [each.method for each in proposed],
    }


def missing(name: str) -> list[str]:
    """Imports the backend needs that this interpreter does not have."""
    return registry.missing_imports(name)


def tensor_fixture(folder: str) -> dict[str, Any]:
    """Write the small model and its items; what the file says about itself."""
    from edgeci.conformance import models
    from edgeci.formats import onnx

    path = models.write(Path(folder))
    return onnx.read(str(path))


def text_fixture(name: str, model: str, texts: list[str], window: int, save: str) -> dict[str, Any]:
    """Tokenize texts with the model's own tokenizer and keep them as calibration items."""
    from edgeci.evaluation.text import TextSamples, stretches

    words = registry.tokenizer(name, Path(model))
    start = words.encode("", True)
    windows = [part for text in texts for part in stretches(words.encode(text, False), start, window)]
    TextSamples(windows=tuple(windows), texts=tuple(texts), end_tokens=words.end_tokens).save(Path(save))
    return {"windows": windows, "end_tokens": sorted(words.end_tokens)}


def tensors(
    model: str, recipe: dict[str, Any], target: dict[str, Any], requests: list[dict[str, Any]], save: str
) -> dict[str, Any]:
    """Each request is {"items": [i, ...]}: so many items of the file beside the model's in one batch."""
    chosen = Recipe(**recipe)
    session = registry.backend(chosen.backend).load(Path(model), chosen, Target(**target))
    arrays = {}
    for number, request in enumerate(requests):
        with np.load(request["feeds"], allow_pickle=False) as archive:
            feeds = {name: archive[name][request["items"]] for name in request["inputs"]}
        for place, output in enumerate(session.infer(feeds)):
            arrays[f"{number}/{place}"] = np.array(output)
    np.savez(save, **arrays)  # type: ignore[arg-type]
    return {"runtime": described(session)}


def text(
    model: str, recipe: dict[str, Any], target: dict[str, Any], requests: list[dict[str, Any]], save: str
) -> dict[str, Any]:
    """Each request is {"score": tokens} or {"generate": tokens, "count": n}.

    An answer is given up after `take` tokens, where told; with `score_it`, prompt and answer are scored afterwards.
    """
    chosen = Recipe(**recipe)
    session = registry.text_backend(chosen.backend).load(Path(model), chosen, Target(**target))
    if isinstance(session, EmbeddingSession):
        raise BackendFailed("its session embeds texts; a language model's continues them")
    arrays, generated = {}, {}
    for number, request in enumerate(requests):
        if "score" in request:
            arrays[str(number)] = np.array(session.log_probabilities(request["score"]))
        else:
            said = continued(session.generate(request["generate"], request["count"]), request.get("take"))
            generated[str(number)] = said
            if request.get("score_it"):
                whole = [*request["generate"], *said["tokens"]]
                arrays[f"{number}/scored"] = np.array(session.log_probabilities(whole))
    np.savez(save, **arrays)  # type: ignore[arg-type]
    return {"runtime": described(session), "generated": generated}


def embeddings(
    model: str, recipe: dict[str, Any], target: dict[str, Any], requests: list[dict[str, Any]], save: str
) -> dict[str, Any]:
    """Each request is {"embed": tokens}. All answers are held until the last has come."""
    chosen = Recipe(**recipe)
    session = registry.text_backend(chosen.backend).load(Path(model), chosen, Target(**target))
    if not isinstance(session, EmbeddingSession):
        raise BackendFailed("its session continues texts; an embedding model's embeds them")
    found = [session.embed(request["embed"]) for request in requests]
    np.savez(save, **{str(number): vector for number, vector in enumerate(found)})  # type: ignore[arg-type]
    return {"runtime": described(session)}


def continued(stream: Iterator[int], take: int | None) -> dict[str, Any]:
    """Ids as they come, and CPU ms from the first request to each."""
    started = time.process_time_ns()
    tokens, moments = [], []
    for token in stream:
        tokens.append(token)
        moments.append((time.process_time_ns() - started) / 1e6)
        if len(tokens) == take:
            break
    return {"tokens": [int(token) for token in tokens], "types": sorted({type(each).__name__ for each in tokens}),
            "cpu_ms": moments, "is_iterator": hasattr(stream, "__next__")}  # fmt: skip


def described(session: Any) -> list[list[str]]:
    """Runtime as pairs with the types of both, so that nothing is smoothed on the way through JSON."""
    return [
        [str(key), str(value), type(key).__name__, type(value).__name__] for key, value in dict(session.runtime).items()
    ]
