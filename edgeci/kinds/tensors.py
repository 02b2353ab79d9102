"""Arrays in, arrays out: what most models are."""

import dataclasses
import functools
import hashlib
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from edgeci.errors import BackendFailed, ConfigError
from edgeci.evaluation.agreement import compared
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.comparisons import is_sound
from edgeci.evaluation.judged import judged
from edgeci.evaluation.measures import functions, refuse_labels
from edgeci.evaluation.measures.symbols import symbols_of
from edgeci.evaluation.samples import Feeds, Samples, read_samples
from edgeci.kinds import fitness, outputs
from edgeci.kinds.answers import VARIES, Session, answers, cause, refuse_random, seen
from edgeci.kinds.families import of_graph
from edgeci.kinds.protocol import Family, Request
from edgeci.kinds.scoring import scored
from edgeci.metrics import METRICS, is_own
from edgeci.types import Agreement, Assessment, Items, OutputAgreement, Scores, Text

TITLE = "tensor model"
TIMINGS: tuple[str, ...] = ()
CHECKED = 32
MEMORY_RUNS = 3
EVERY_METHOD_FITS = False
PROFILED = True
KEPT_AS = np.float64
WHOLE = ("class", "scores", "flags", "single", "mask", "sequence", "boxes")
"""Metrics that look at every value of the outputs they read, and are the better judge of what is lost there."""


class Inference:
    """One item, again and again."""

    untimed = 1
    settles = (5, 0.02)

    def __init__(self, session: Session, feeds: Feeds) -> None:
        self.parts: dict[str, list[float]] = {}
        self.seconds = 0.0
        self.ask = functools.partial(session.infer, feeds)


def family(assessment: Assessment) -> Family:
    return of_graph(assessment.operators)


def starter() -> str:
    return Path(__file__).with_name("starters").joinpath("tensors.yaml").read_text(encoding="utf-8")


def refuse_settings(assessment: Assessment, text: Text) -> None:
    """Nothing is asked of it but its items."""


keep = None


def read(asked: Items) -> Samples:
    items = read_samples(asked.source, Path(asked.folder), asked.tensors)
    if not asked.metric:  # a profile judges nothing
        return items
    own = functions.digest(asked.metric, asked.folder) if is_own(asked.metric) else ""
    symbols = symbols_of(asked.sequence, Path(asked.folder))
    return dataclasses.replace(items, place=places_of(asked, asked.metric)[0], symbols=symbols, scorer=own)


def refuse_unfit_items(items: Samples, asked: Items) -> None:
    fitness.refuse_unfit_items(items, asked.operators)


def refuse_without_items(metric: str, items: Samples) -> None:
    name = items.source.path or items.source.python
    if not METRICS[metric].needs_labels:
        return
    if items.labels is None:
        raise ConfigError(
            f"{name}: no labels ({items.source.labels!r}), which {metric} needs; "
            "without labels only agreement, kl_divergence and cosine_distance can be measured"
        )
    refuse_labels(METRICS[metric], items, f"{name}: labels")


def counted(items: Samples, metric: str) -> int:
    return len(items)


def reads(asked: Items, metric: str) -> str:
    chosen = judged(metric, asked.output, asked.outputs, asked.tensors)
    if len(asked.outputs) < 2:
        return ""
    names = ", ".join(repr(asked.outputs[place].name) for place in chosen.places)
    return f"{metric} is taken of the {'output' if len(chosen.places) == 1 else 'outputs'} {names}: {chosen.reason}"


def places_of(asked: Items, metric: str) -> tuple[int, ...]:
    """Of the outputs that the metric reads."""
    return judged(metric, asked.output, asked.outputs, asked.tensors).places


def refuse_unfit_answers(session: Session, items: Samples, asked: Items, metric: str) -> None:
    refuse_random(session, items)
    given = next(answers(session, items))
    places = range(len(given)) if is_own(metric) else places_of(asked, metric)
    fitness.refuse_unfit_answer(metric, [given[place] for place in places], items, asked)


def digests(items: Samples) -> list[str]:
    return items.digests()


def expected(items: Samples) -> str:
    """Digest of the labels, what items belong to, and what an answer is read by."""
    labels = b"" if items.labels is None else np.ascontiguousarray(items.labels, np.float64).tobytes()
    names = "\n".join((*items.slices, *items.classes, *items.clusters, *items.symbols, items.scorer))
    return hashlib.sha256(labels + names.encode(errors="surrogatepass")).hexdigest()


def remarks(items: Samples) -> tuple[str, ...]:
    """Every item is read whole."""
    return ()


def requests(session: Session, items: Samples, asked: Items, most: int) -> list[Request]:
    return [Inference(session, items.feeds(index)) for index in range(min(most, len(items)))]


def rehearsal(session: Session, items: Samples, asked: Items) -> Request:
    return Inference(session, items.feeds(0))


def timings(parts: Mapping[str, Sequence[float]], text: Text) -> dict[str, list[float]]:
    """An inference has no parts."""
    return {}


def look(session: Session, items: Samples) -> dict[str, Array]:
    """Each output of the first items as (items, ...); where its size depends on the item, the sizes."""
    given = list(itertools.islice(answers(session, items), CHECKED))
    for index, outputs_of_item in enumerate(given):
        if any(output.dtype.kind == "f" and not is_sound(output) for output in outputs_of_item):
            raise BackendFailed(f"item {index}: the output holds NaN or infinity{cause(items, index)}")
    return dict(seen(str(place), list(column)) for place, column in enumerate(zip(*given, strict=True)))


def agreement(theirs: Mapping[str, Array], ours: Mapping[str, Array]) -> Agreement:
    """Of every output.

    Raises:
        BackendFailed: other outputs than the source's, or such as cannot be compared.
    """
    if theirs.keys() != ours.keys():
        raise BackendFailed(f"its outputs ({', '.join(ours)}) are not the source's ({', '.join(theirs)})")
    compared = [compared_output(name, theirs[name], ours[name]) for name in theirs]
    cosines = [output.cosine for output in compared if output.cosine is not None]
    return Agreement(
        items=len(next(iter(ours.values()))),
        cosine=min(cosines, default=None),
        max_error=max((output.max_error or 0.0 for output in compared), default=0.0),
        same_top=next((output.same_top for output in compared if output.same_top is not None), None),
        outputs=tuple(compared),
    )


def compared_output(name: str, theirs: Array, ours: Array) -> OutputAgreement:
    made = compared(name.removesuffix(VARIES), theirs, ours)
    return made.model_copy(update={"varies": True}) if name.endswith(VARIES) else made


def broken(agreement: Agreement, asked: Items, metric: str) -> str | None:
    """A metric of scores looks at all of its output; of another one nobody would tell that it is lost."""
    whole = METRICS[metric].wants in WHOLE
    return outputs.broken(agreement, {str(place) for place in places_of(asked, metric)} if whole else set())


altered = outputs.altered
told = outputs.told


def predict(
    session: Session, items: Samples, asked: Items, metrics: list[str], save: Path | None, theirs: Path | None
) -> dict[str, Scores]:
    """One raw sample per item and metric, as the device will be asked."""
    for metric in metrics:
        refuse_without_items(metric, items)
    places = {metric: places_of(asked, metric) for metric in metrics}
    return scored(answers(session, items), places, items, asked, save, theirs)
