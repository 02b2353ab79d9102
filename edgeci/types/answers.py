"""How a model's answer is read where its shape does not say it: boxes, symbols, and a score of the project's own."""

from typing import Annotated, Literal

from pydantic import Field

from edgeci.types.bounds import FilePath, Finite
from edgeci.types.noun import Noun

Share = Annotated[Finite, Field(ge=0, le=1)]
Pixels = Annotated[int, Field(ge=1, le=2**24)]
Class = Annotated[int, Field(ge=0, lt=2**31)]
FUNCTION = r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$"
MOST_SYMBOLS = 2**20


class OwnMetric(Noun):
    """A quality metric of the project's own: the mean of what a function gives for each item."""

    python: str = Field(pattern=FUNCTION)
    """`module:function`, called with (outputs by name, label) of an item; returns one number."""
    better: Literal["higher", "lower"]
    """Which way is good."""
    unit: str = Field(default="", max_length=40)
    """What reports write behind it."""


class Detection(Noun):
    """How a detector writes boxes. Labels are rows of class, x1, y1, x2, y2, of class -1 where there is no box.

    Taken are: three outputs (boxes, scores, classes; a fourth counts them), two (boxes and a score of each class), or
    one of (boxes, 6): x1, y1, x2, y2, score, class. With `overlap` also one of (4 + classes, places), as of YOLOv8.
    """

    boxes: Literal["xyxy", "xywh", "cxcywh", "yxyx"] = "xyxy"
    """Two corners; corner and size; center and size; two corners, y first (TensorFlow)."""
    size: tuple[Pixels, Pixels] | None = None
    """Height and width of which the boxes are shares; default: they are as the labels are."""
    first_class: Class = 0
    """The model's number for the labels' class 0: 1 where it has a background; detections below it are dropped."""
    confidence: Share = 0.001
    """Detections with a lower score are dropped; average precision wants few dropped."""
    overlap: Share | None = None
    """Non-maximum suppression, where the model does none: of boxes of a class with a larger IoU the best stays."""
    objectness: bool = False
    """Whether a score of there being any object stands between the box and the scores of classes, as of YOLOv5."""


class SymbolSequence(Noun):
    """How a sequence of symbols is read: CTC's best path of scores, ids, or text. Labels are texts, or ids."""

    blank: int = Field(default=0, ge=-(2**31), lt=2**31)
    """Place of CTC's blank among the symbols that are scored; -1 is the last."""
    letters: str = Field(default="", max_length=MOST_SYMBOLS)
    """The symbols in the order of their scores, a character each, the blank left out."""
    symbols: FilePath | None = None
    """The same from a file, a symbol a line; a line of one space is a space."""
