"""Which of a model's outputs a metric reads: the one that is named, or the only one that it can mean anything of.

A number taken from the wrong output is a number without meaning, and nobody sees it; so what is not plain is asked.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from edgeci.errors import ConfigError
from edgeci.metrics import METRICS, OUTPUT_COMPARISONS
from edgeci.types import Tensor

SCORES = re.compile(r"logit|prob|score|class|label|softmax|pred", re.IGNORECASE)
"""How outputs are called that a class is read from."""
IDS = ("int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8", "bool", "string")
FLOATS = ("float32", "float64", "float16", "bfloat16")


@dataclass(frozen=True)
class Judged:
    """An output by its place, and why it is this one."""

    place: int
    reason: str


def judged(metric: str, wanted: str | int | None, outputs: Sequence[Tensor], inputs: Sequence[Tensor]) -> Judged:
    """The output that a metric reads.

    Raises:
        ConfigError: no such output, none that the metric could be taken of, or several that it could.
    """
    if wanted is not None:
        return named(metric, wanted, outputs)
    if not outputs:
        return Judged(0, "the file names no outputs")
    able = [place for place, output in enumerate(outputs) if suits(metric, output) and not is_state(output, inputs)]
    if not able:
        raise ConfigError(f"{unfit(metric)}; {listed(outputs, range(len(outputs)))}. {remedy(metric)}")
    if len(able) == 1:
        alone = "the only output" if len(outputs) == 1 else f"the only output that {metric} can be taken of"
        return Judged(able[0], alone)
    return plainest(metric, able, outputs)


def named(metric: str, wanted: str | int, outputs: Sequence[Tensor]) -> Judged:
    names = [output.name for output in outputs]
    if isinstance(wanted, int) and 0 <= wanted < len(outputs):
        place = wanted
    elif wanted in names:
        place = names.index(str(wanted))
    else:
        raise ConfigError(f"output: the model has no output {wanted!r}; {listed(outputs, range(len(outputs)))}")
    if not suits(metric, outputs[place]):
        raise ConfigError(f"output: {unfit(metric)}; {listed(outputs, [place])}. {remedy(metric)}")
    return Judged(place, "named by `output`")


def plainest(metric: str, able: Sequence[int], outputs: Sequence[Tensor]) -> Judged:
    """Of several, the class itself, or the only one that is called like scores."""
    if METRICS[metric].kind == "class":
        ids = [place for place in able if outputs[place].dtype in IDS]
        if len(ids) == 1:
            return Judged(ids[0], "it is the class itself")
    if METRICS[metric].kind == "class" or metric == "kl_divergence":
        called = [place for place in able if SCORES.search(outputs[place].name) and outputs[place].dtype in FLOATS]
        if len(called) == 1:
            return Judged(called[0], "the others are not called like scores of classes")
    raise ConfigError(
        f"{metric} could be taken of {listed(outputs, able)}; say of which with `output:` in edgeci.yaml, "
        f"such as `output: {outputs[able[0]].name}`"
    )


def suits(metric: str, output: Tensor) -> bool:
    """Whether the metric could mean something of it, as far as its type and shape are known."""
    if METRICS[metric].kind == "class":
        return output.dtype in ((*IDS, *FLOATS) if others(output) == 0 else FLOATS) and others(output) <= 1
    if metric in OUTPUT_COMPARISONS:
        return output.dtype in FLOATS and others(output) <= 1
    return is_number(output)


def is_number(output: Tensor) -> bool:
    return output.dtype in FLOATS or (output.dtype in IDS and output.dtype != "string")


def others(output: Tensor) -> int:
    """Dimensions besides the batch in which there is surely, or perhaps, more than one value."""
    return 0 if output.shape is None else sum(size != 1 for size in output.shape[1:])


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
    if METRICS[metric].kind == "class":
        return f"{metric} wants one class an item: an id, or a score of each class"
    if metric in OUTPUT_COMPARISONS:
        return f"{metric} wants one vector of scores or an embedding an item"
    return f"{metric} wants numbers"


def remedy(metric: str) -> str:
    """What fits where one class or vector an item does not."""
    if METRICS[metric].kind == "error" and metric not in OUTPUT_COMPARISONS:
        return "Name an output of numbers with `output:`"
    return "Name another output with `output:`, or measure whole arrays with mae or mse (labels of the same shape)"


def listed(outputs: Sequence[Tensor], places: Sequence[int]) -> str:
    """`'boxes' (?x100x4 float32), 'labels' (?x100 int64)`."""
    chosen = [outputs[place] for place in places]
    return ", ".join(f"{output.name!r} ({output.shape_text} {output.dtype})" for output in chosen)
