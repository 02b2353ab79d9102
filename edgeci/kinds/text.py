"""Language models: tokens that continue tokens."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from edgeci.errors import BackendFailed
from edgeci.evaluation import text_scores
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.text import refuse_without_items as refuse_without_texts
from edgeci.evaluation.text import tokenize
from edgeci.evaluation.text_items import TextSamples
from edgeci.kinds import language, tokens
from edgeci.kinds.conversation import Conversation, Session
from edgeci.kinds.protocol import Family, Request
from edgeci.metrics import METRICS, PART_TIMINGS, TEXT_METRICS
from edgeci.types import Agreement, Assessment, Items, Scores, Text

TITLE = "language model"
TIMINGS = PART_TIMINGS
CHECKED = 4
MEMORY_RUNS = 1
EVERY_METHOD_FITS = True
PROFILED = False
KEPT_AS = text_scores.STORED
FURTHEST_KL = 2.0
"""Nats. The worst usable quantizations are near 1, what a wrong conversion gives is near 10."""
SAME_KL = 0.01
"""Nats: bfloat16 weights of a float32 source are near 0.001, the mildest 8-bit quantization near 0.004."""
SAME_TOP, LEAST_TOP = 0.9, 0.05
"""Shares of the tokens, of a lossless method and of any: where a source is nearly undecided, KL alone says little."""
REHEARSED = (8, 2)
"""Tokens that are read and written."""


def family(assessment: Assessment) -> Family:
    return "language-model"


def starter() -> str:
    return Path(__file__).with_name("starters").joinpath("text.yaml").read_text(encoding="utf-8")


def refuse_settings(assessment: Assessment, text: Text) -> None:
    tokens.refuse_beyond_context(assessment, text, text.prompt_tokens + text.output_tokens)


def keep(asked: Items, save: Path) -> None:
    tokenize(asked.source, Path(asked.folder), tokens.tokenizer(asked), asked.text).save(save)


read = tokens.read
digests = tokens.digests
remarks = tokens.remarks
refuse_unfit_items = tokens.refuse_unfit_items


def refuse_without_items(metric: str, items: TextSamples) -> None:
    refuse_without_texts(metric, items)


def counted(items: TextSamples, metric: str) -> int:
    """Questions and answers, or stretches of running text."""
    return len(items.windows) if metric in TEXT_METRICS else len(items.prompts)


def reads(asked: Items, metric: str) -> str:
    """It has one answer."""
    return ""


def refuse_unfit_answers(session: Session, items: TextSamples, asked: Items, metric: str) -> None:
    """Every answer is what its session's contract says."""


def expected(items: TextSamples) -> str:
    """The answers are part of the items."""
    return ""


def requests(session: Session, items: TextSamples, asked: Items, most: int) -> list[Request]:
    return [Conversation(session, tokens.prompt(items, asked.text.prompt_tokens), asked.text.output_tokens)]


def rehearsal(session: Session, items: TextSamples, asked: Items) -> Request:
    prompted, written = REHEARSED
    return Conversation(session, tokens.prompt(items, prompted), written)


def timings(parts: Mapping[str, Sequence[float]], text: Text) -> dict[str, list[float]]:
    """The parts of a request in ms, and tokens a second from their wall times."""
    measured = {metric: list(parts[metric]) for metric in ("ttft_cpu", "ttft_wall", "tpot_cpu", "tpot_wall")}
    for metric, part, count in (("prompt_speed", "ttft_wall", text.prompt_tokens), ("decode_speed", "tpot_wall", 1)):
        measured[metric] = [1e3 * count / milliseconds for milliseconds in parts[part]]
    return measured


def look(session: Session, items: TextSamples) -> dict[str, Array]:
    """Log-probabilities of the first windows, and that it writes as many tokens as it is asked for."""
    windows = tokens.first_windows(items, CHECKED)
    rows = [language.scored(session, window) for window in windows]
    if len(list(session.generate(windows[0][:8], 2))) != 2:
        raise BackendFailed("it was asked for two tokens and gave another number")
    return {str(number): part for number, part in enumerate(rows)}


def agreement(theirs: Mapping[str, Array], ours: Mapping[str, Array]) -> Agreement:
    reference, answers = list(theirs.values()), list(ours.values())
    language.refuse_other_vocabulary(reference, answers)
    return text_scores.compared(reference, [part.astype(np.float32) for part in answers])


def broken(agreement: Agreement, asked: Items, metric: str) -> str | None:
    if is_within(agreement, FURTHEST_KL, LEAST_TOP):
        return None
    return (
        f"its answers are not its source's: {far(agreement)} (at most {FURTHEST_KL:g} nats and at least "
        f"{LEAST_TOP:.0%} are let in)"
    )


def altered(agreement: Agreement) -> str | None:
    if is_within(agreement, SAME_KL, SAME_TOP):
        return None
    return f"from the source they have {far(agreement)} (at most {SAME_KL} nats and at least {SAME_TOP:.0%} are let in)"


def is_within(agreement: Agreement, most_kl: float, least_top: float) -> bool:
    divergence, top = agreement.kl_divergence, agreement.same_top
    return divergence is not None and divergence <= most_kl and top is not None and top >= least_top


def far(agreement: Agreement) -> str:
    divergence, top = agreement.kl_divergence, agreement.same_top
    if divergence is None or top is None:
        return "the log-probabilities were not compared"
    return f"mean KL divergence {divergence:.4g} nats, same top token {top:.1%}"


def told(agreement: Agreement) -> str:
    return f"KL {agreement.kl_divergence:.4f} nats, same top token {agreement.same_top:.1%}"


def predict(
    session: Session, items: TextSamples, asked: Items, metrics: list[str], save: Path | None, theirs: Path | None
) -> dict[str, Scores]:
    """One raw sample per item and metric; one pass over running text gives all of its metrics, asked for or not."""
    for metric in metrics:
        refuse_without_texts(metric, items)
    answers = [metric for metric in metrics if metric not in TEXT_METRICS]
    readings = reading(session, items, asked, save, theirs) if items.windows else {}
    return {**readings, **answering(session, items, asked, answers)}


def reading(
    session: Session, items: TextSamples, asked: Items, save: Path | None, theirs: Path | None
) -> dict[str, Scores]:
    values: dict[str, list[float]] = {metric: [] for metric in TEXT_METRICS}
    for metric, value in language.read_windows(session, items, save, theirs):
        values[metric].append(value)
    return {metric: Scores(samples=tuple(each), tokens=asked.text.window) for metric, each in values.items()}


def answering(session: Session, items: TextSamples, asked: Items, metrics: list[str]) -> dict[str, Scores]:
    if not metrics:
        return {}
    predictions = tuple(language.answered(session, items, asked))
    labels = (*(float(question.label) for question in items.questions), *(1.0 for _ in items.exercises))
    belongs = {"slices": items.slices, "clusters": items.clusters}
    return {metric: Scores(samples=predictions, labels=labels_of(metric, labels), **belongs) for metric in metrics}


def labels_of(metric: str, labels: tuple[float, ...]) -> tuple[float, ...]:
    return labels if METRICS[metric].needs_labels else ()
