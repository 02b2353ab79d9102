"""Which of a model's outputs a metric reads: the one that is named, or the only one that it can mean anything of.

A number taken from the wrong output is a number without meaning, and nobody sees it; so what is not plain is asked.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edgeci.errors import ConfigError
from edgeci.metrics import METRICS, Wants
from edgeci.types import Tensor

SCORES = re.compile(r"logit|prob|score|class|label|softmax|pred", re.IGNORECASE)
"""How outputs are called that a class is read from."""
ROLES = {
    "count": re.compile(r"num|count", re.IGNORECASE),
    "boxes": re.compile(r"box|loc|coord", re.IGNORECASE),
    "scores": re.compile(r"score|conf|prob", re.IGNORECASE),
    "classes": re.compile(r"class|label|categor", re.IGNORECASE),
}
"""How a detector's outputs are called."""
IDS = ("int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8", "bool", "string")
FLOATS = ("float32", "float64", "float16", "bfloat16")
Wanted = str | int | tuple[str | int, ...] | None


@dataclass(frozen=True)
class Judged:
    """Outputs by their places, and why it is these. One, but for boxes and for functions of the project's own."""

    places: tuple[int, ...]
    reason: str

    @property
    def place(self) -> int:
        return self.places[0]


def judged(metric: str, wanted: Wanted, outputs: Sequence[Tensor], inputs: Sequence[Tensor]) -> Judged:
    """The outputs that a metric reads.

    Raises:
        ConfigError: no such output, none that the metric could be taken of, or several that it could.
    """
    wants = METRICS[metric].wants
    if wants == "anything":
        return Judged(tuple(range(len(outputs))) or (0,), "the function is given every output")
    if wanted is not None:
        return named(metric, wanted if isinstance(wanted, tuple) else (wanted,), outputs)
    if not outputs:
        return Judged((0,), "the file names no outputs")
    able = [place for place, output in enumerate(outputs) if suits(metric, output) and not is_state(output, inputs)]
    if not able:
        raise ConfigError(f"{unfit(metric)}; {listed(outputs, range(len(outputs)))}. {remedy(metric)}")
    if len(able) == 1:
        alone = "the only output" if len(outputs) == 1 else f"the only output that {metric} can be taken of"
        return Judged((able[0],), alone)
    return detector(metric, outputs) if wants == "boxes" else plainest(metric, able, outputs)


def named(metric: str, wanted: Sequence[str | int], outputs: Sequence[Tensor]) -> Judged:
    if len(wanted) > 1 and METRICS[metric].wants != "boxes":
        raise ConfigError(f"output: {metric} is taken of one output; name one, or take map_50_95 of boxes")
    places = tuple(place_named(each, outputs) for each in wanted)
    if unsuited := [place for place in places if not suits(metric, outputs[place])]:
        raise ConfigError(f"output: {unfit(metric)}; {listed(outputs, unsuited)}. {remedy(metric)}")
    return Judged(places, "named by `output`")


def place_named(wanted: str | int, outputs: Sequence[Tensor]) -> int:
    names = [output.name for output in outputs]
    if isinstance(wanted, int) and 0 <= wanted < len(outputs):
        return wanted
    if wanted in names:
        return names.index(str(wanted))
    raise ConfigError(f"output: the model has no output {wanted!r}; {listed(outputs, range(len(outputs)))}")


def detector(metric: str, outputs: Sequence[Tensor]) -> Judged:
    """Boxes, scores, classes and their count, by what they are called; without classes, a score of each."""
    roles: dict[str, list[int]] = {role: [] for role in ROLES}
    for place, output in enumerate(outputs):
        role = next((role for role, called in ROLES.items() if called.search(output.name)), None)
        if role is not None:
            roles[role].append(place)
    chosen = [roles[role][0] for role in ("boxes", "scores", "classes", "count") if roles[role]]
    if max(map(len, roles.values())) > 1 or not (roles["boxes"] and roles["scores"]) or len(chosen) < len(outputs):
        raise ConfigError(
            f"{metric} is taken of boxes, scores and classes, and which output is which is not plain: "
            f"{listed(outputs, range(len(outputs)))}; say it with `output: [boxes, scores, classes]`"
        )
    return Judged(tuple(chosen), "by what they are called")


def plainest(metric: str, able: Sequence[int], outputs: Sequence[Tensor]) -> Judged:
    """Of several, the class itself, or the only one that is called like scores."""
    if METRICS[metric].wants == "class":
        ids = [place for place in able if outputs[place].dtype in IDS]
        if len(ids) == 1:
            return Judged((ids[0],), "it is the class itself")
    if METRICS[metric].kind == "class" or metric in ("kl_divergence", "roc_auc"):
        called = [place for place in able if SCORES.search(outputs[place].name) and outputs[place].dtype in FLOATS]
        if len(called) == 1:
            return Judged((called[0],), "the others are not called like scores of classes")
    raise ConfigError(
        f"{metric} could be taken of {listed(outputs, able)}; say of which with `output:` in edgeci.yaml, "
        f"such as `output: {outputs[able[0]].name}`"
    )


def suits(metric: str, output: Tensor) -> bool:
    """Whether the metric could mean something of it, as far as its type and shape are known."""
    return FIT[METRICS[metric].wants][0](output)


def is_class(output: Tensor) -> bool:
    return output.dtype in ((*IDS, *FLOATS) if others(output) == 0 else FLOATS) and others(output) <= 1


def is_vector(output: Tensor) -> bool:
    return output.dtype in FLOATS and others(output) <= 1


def is_row(output: Tensor) -> bool:
    return is_number(output) and others(output) <= 1


def is_score(output: Tensor) -> bool:
    """One, or two that are each other's opposite."""
    sizes = [size for size in (output.shape or ())[1:] if isinstance(size, int)]
    return is_vector(output) and all(size <= 2 for size in sizes)


def is_picture(output: Tensor) -> bool:
    return is_number(output) and (output.shape is None or others(output) >= 2)


def is_sequence(output: Tensor) -> bool:
    if output.dtype in FLOATS:
        return output.shape is None or others(output) == 2
    return output.dtype in IDS and others(output) <= 1


def is_number(output: Tensor) -> bool:
    return output.dtype in FLOATS or (output.dtype in IDS and output.dtype != "string")


def others(output: Tensor) -> int:
    """Dimensions besides the batch in which there is surely, or perhaps, more than one value."""
    return 0 if output.shape is None else sum(size != 1 for size in output.shape[1:])


FIT: dict[Wants, tuple[Callable[[Tensor], bool], str]] = {
    "class": (is_class, "one class an item: an id, or a score of each class"),
    "scores": (is_vector, "one vector of scores or an embedding an item"),
    "flags": (is_row, "a score of each label"),
    "single": (is_score, "one score an item, or two"),
    "mask": (is_picture, "a class, or a score of each class, a pixel"),
    "sequence": (is_sequence, "symbols one after the other, or scores of them at each step"),
    "boxes": (is_number, "boxes with scores and classes"),
    "numbers": (is_number, "numbers"),
    "anything": (lambda _: True, "anything"),
    "text": (lambda _: False, "what a language model makes of a text"),
    "retrieval": (lambda _: False, "what an embedding model finds for a query"),
}
"""Which outputs a metric can be taken of, by what it wants, and how that is said."""


def is_state(output: Tensor, inputs: Sequence[Tensor]) -> bool:
    """Whether it is what a recurrent model is fed again with the next item: `stateN` of `state`."""
    return any(
        output.shape == given.shape
        and output.dtype == given.dtype
        and given.name
        and output.name.startswith(given.name)
        for given in inputs
    )


def unfit(metric: str) -> str:
    return f"{metric} wants {FIT[METRICS[metric].wants][1]}"


def remedy(metric: str) -> str:
    """What fits where one class or vector an item does not."""
    if METRICS[metric].wants not in ("class", "scores"):
        return "Name the right output with `output:`, or take a metric that fits (docs/data.md lists them)"
    return (
        "Name another output with `output:`, or take a metric that fits: mean_iou of masks, map_50_95 of boxes, cer of "
        "sequences, mae of numbers"
    )


def listed(outputs: Sequence[Tensor], places: Sequence[int]) -> str:
    """`'boxes' (?x100x4 float32), 'labels' (?x100 int64)`."""
    chosen = [outputs[place] for place in places]
    return ", ".join(f"{output.name!r} ({output.shape_text} {output.dtype})" for output in chosen)
