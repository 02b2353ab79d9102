"""What the conformance suite asks of a worker, which alone has the backend's framework."""

import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol, cast

import numpy as np

from edgeci.backends import registry
from edgeci.errors import EdgeciError, known_ancestor
from edgeci.evaluation.arrays import Array
from edgeci.formats.answer import Answer
from edgeci.kinds import answers, conversation, embeddings
from edgeci.types import Assessment, Items, Noun, Recipe, Target
from edgeci.work.making import optimize


class Made(Noun):
    """What became of a recipe: the main file of a candidate, or what was raised instead."""

    main: str = ""
    error: str | None = None
    message: str = ""
    is_deliberate: bool = True
    """Whether it was an error of edgeci's, and not whatever came up."""


class Imported(Noun):
    """Of the frameworks that a backend requires, those that came in."""

    by_import: tuple[str, ...]
    by_propose: tuple[str, ...]


class Hidden(Noun):
    """Frameworks that were hidden, those that are said to be missing, and methods that are proposed all the same."""

    hidden: tuple[str, ...]
    missing: tuple[str, ...]
    proposed: tuple[str, ...]


class Words(Noun):
    """Stretches of prose in the ids of a model's own tokenizer, and the ids that end an answer."""

    windows: tuple[tuple[int, ...], ...]
    end_tokens: tuple[int, ...]


class Batch(Noun):
    """Items of a file, in one batch."""

    feeds: str
    inputs: tuple[str, ...]
    items: tuple[int, ...]


class Prompt(Noun):
    """Tokens to score, or, with a `count`, to continue."""

    tokens: tuple[int, ...]
    count: int = 0
    take: int | None = None
    """After so many the answer is abandoned."""
    score_it: bool = False
    """Prompt and answer are scored afterwards."""


class Said(Noun):
    """How a prompt was continued."""

    tokens: tuple[int, ...]
    types: tuple[str, ...]
    cpu_ms: tuple[float, ...]
    """From the first request to each token."""
    is_iterator: bool


class Examined(Noun):
    """What one session showed; arrays are in a file."""

    runtime: tuple[tuple[str, str, str, str], ...]
    """Key, value and the types of both, so that nothing is smoothed on the way through JSON."""
    said: dict[str, Said] = {}
    """By the number of the request."""


class Running(Protocol):
    """What sessions of every kind have."""

    @property
    def runtime(self) -> Mapping[str, str]:
        """What really runs."""


def attempt(kind: str, model: Path, recipe: Recipe, calibration: Items | None, output: Path) -> Made:
    """A candidate made by the pipeline's own task, or what it raised; a crash is the parent's to notice."""
    try:
        return Made(main=optimize(kind, model, recipe, calibration, output).made.main)
    except EdgeciError as problem:
        return Made(error=known_ancestor(type(problem)).__name__, message=str(problem))
    except Exception as problem:  # noqa: BLE001 - what a backend lets through is the question
        message = f"{type(problem).__name__}: {' '.join(str(problem).split())}"[:500]
        return Made(error="BackendFailed", message=message, is_deliberate=False)


def attempts(kind: str, model: Path, recipes: list[Recipe], calibration: Items | None, folder: Path) -> list[Made]:
    """Each recipe in a folder of its own, one after the other: a process start is dearer than a refusal."""
    made = []
    for number, recipe in enumerate(recipes):
        output = folder / str(number)
        output.mkdir()
        made.append(attempt(kind, model, recipe, calibration, output))
    return made


def imported(name: str, assessment: Assessment, target: Target) -> Imported:
    """Of the frameworks it requires, those that importing the module brings in, and those that proposing does."""
    before = set(sys.modules)
    required = {module.partition(".")[0] for module in registry.backend(name).REQUIRES}
    by_import = {module.partition(".")[0] for module in set(sys.modules) - before} & required
    list(registry.backend(name).propose(assessment, target))
    by_propose = {module.partition(".")[0] for module in set(sys.modules) - before} & required - by_import
    return Imported(by_import=tuple(sorted(by_import)), by_propose=tuple(sorted(by_propose)))


def without_frameworks(name: str, assessment: Assessment, target: Target) -> Hidden:
    """What is said to be missing, and whether it still proposes, where nothing it requires can be imported."""
    here = set(sys.modules)
    required = registry.backend(name).REQUIRES
    hidden = [module for module in required if module.partition(".")[0] not in here]
    for module in hidden:
        sys.modules[module.partition(".")[0]] = None  # type: ignore[assignment]  # as if it were not installed
        sys.modules[module] = None  # type: ignore[assignment]
    proposed = registry.backend(name).propose(assessment, target)
    return Hidden(
        hidden=tuple(hidden),
        missing=tuple(registry.missing_imports(name)),
        proposed=tuple(each.method for each in proposed),
    )


def missing(name: str) -> list[str]:
    """Imports the backend needs that this interpreter does not have."""
    return registry.missing_imports(name)


def tensor_fixture(folder: Path) -> Answer:
    """Write the small model and its items; what the file says about itself."""
    from edgeci.conformance import models
    from edgeci.formats import onnx

    return onnx.read(str(models.write(folder)))


def text_fixture(name: str, model: Path, texts: list[str], window: int, save: Path) -> Words:
    """Tokenize texts with the model's own tokenizer and keep them as calibration items."""
    from edgeci.evaluation.text_items import TextSamples
    from edgeci.evaluation.text_windows import stretches

    words = registry.tokenizer(name, model)
    start = words.encode("", True)
    windows = tuple(part for each in texts for part in stretches(words.encode(each, False), start, window))
    TextSamples(windows=windows, texts=tuple(texts), end_tokens=words.end_tokens).save(save)
    return Words(windows=windows, end_tokens=tuple(sorted(words.end_tokens)))


def of_tensors(model: Path, recipe: Recipe, target: Target, batches: list[Batch], save: Path) -> Examined:
    """The outputs of each batch."""
    session = cast("answers.Session", registry.backend(recipe.backend).load(model, recipe, target))
    arrays: dict[str, Array] = {}
    for number, batch in enumerate(batches):
        with np.load(batch.feeds, allow_pickle=False) as archive:
            feeds = {name: archive[name][list(batch.items)] for name in batch.inputs}
        for place, output in enumerate(session.infer(feeds)):
            arrays[f"{number}/{place}"] = np.array(output)
    write(save, arrays)
    return Examined(runtime=described(session))


def of_text(model: Path, recipe: Recipe, target: Target, prompts: list[Prompt], save: Path) -> Examined:
    """The scores of each prompt, or its continuation."""
    session = cast("conversation.Session", registry.backend(recipe.backend).load(model, recipe, target))
    arrays: dict[str, Array] = {}
    said: dict[str, Said] = {}
    for number, prompt in enumerate(prompts):
        if not prompt.count:
            arrays[str(number)] = np.array(session.log_probabilities(prompt.tokens))
            continue
        answer = continued(session.generate(prompt.tokens, prompt.count), prompt.take)
        said[str(number)] = answer
        if prompt.score_it:
            arrays[f"{number}/scored"] = np.array(session.log_probabilities([*prompt.tokens, *answer.tokens]))
    write(save, arrays)
    return Examined(runtime=described(session), said=said)


def of_embeddings(model: Path, recipe: Recipe, target: Target, texts: list[Prompt], save: Path) -> Examined:
    """The vector of each text. All are held until the last has come."""
    session = cast("embeddings.Session", registry.backend(recipe.backend).load(model, recipe, target))
    vectors = [session.embed(each.tokens) for each in texts]
    write(save, {str(number): vector for number, vector in enumerate(vectors)})
    return Examined(runtime=described(session))


def write(save: Path, arrays: Mapping[str, Array]) -> None:
    np.savez(save, **arrays)  # type: ignore[arg-type]


def continued(stream: Iterator[int], take: int | None) -> Said:
    """Ids as they come, and when."""
    started = time.process_time_ns()
    tokens, moments = [], []
    for token in stream:
        tokens.append(token)
        moments.append((time.process_time_ns() - started) / 1e6)
        if len(tokens) == take:
            break
    return Said(
        tokens=tuple(int(token) for token in tokens),
        types=tuple(sorted({type(each).__name__ for each in tokens})),
        cpu_ms=tuple(moments),
        is_iterator=hasattr(stream, "__next__"),
    )


def described(session: Running) -> tuple[tuple[str, str, str, str], ...]:
    return tuple(
        (str(key), str(value), type(key).__name__, type(value).__name__) for key, value in dict(session.runtime).items()
    )
