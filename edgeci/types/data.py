"""What a model is fed, and how a language model is asked."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from edgeci.types.bounds import FilePath, Finite, Single, Tokens, single
from edgeci.types.noun import Noun

Pixels = Annotated[int, Field(ge=1, le=8192)]
"""Of one side: an image of 8192 x 8192 takes 200 MB."""


class DataSource(Noun):
    """Items to feed the model, from files or a Python function, and how raw values become inputs.

    value -> (value * scale - mean) / std, then the dtype and, for an image folder, the layout the model takes.

    Class folders: hidden and system files are none. Names that are all numbers are the classes' indices (counted from 1
    without a gap: one less), other names count in alphabetical order, and `classes` overrules both.

    Pictures: upright as EXIF says. Palettes become their colours, an opaque alpha is dropped, a partly transparent
    picture is refused. Grayscale of more than 8 bits keeps its values, with `color: grayscale`; set their `scale`.

    CSV: `,`, `;`, tab or `|`, as the header has it; decimal commas where `;` separates and no number has a point. `nan`
    is a value, an empty cell among numbers is not. A column that `inputs` maps alone may be text.

    Parquet, Arrow and saved Hugging Face data sets need pyarrow (`pip install 'edgeci[parquet]'`), in a backend's own
    environment too.
    """

    path: FilePath | None = None
    """npz, npy, csv, jsonl, parquet, arrow, a folder of `datasets`, or one of images with a sub-folder a class."""
    python: str | None = Field(default=None, pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")
    """`module:function` returning (inputs by name, labels or None, slices or None), and clusters if any."""
    labels: str = "labels"
    """Array, column or key that holds the labels. Of a folder of pictures: annotations in COCO's JSON, or a folder of
    masks (a picture of class ids of the same name)."""
    slices: str | None = None
    """Array, column or key that names each item's slice."""
    cluster: str | None = None
    """Array, column or key that names what an item belongs to (a video, a patient): bounds are then of clusters."""
    classes: FilePath | None = None
    """Which class has which index: JSON {name: index}, a JSON list, or a name a line. Image folder only."""
    inputs: dict[str, str] = {}
    """Model input name -> array, column or key. Default: same name, or the only one."""
    scale: Single | None = None
    """Each raw value is multiplied by this first; 0.00392156862745098 turns 0..255 into 0..1."""
    mean: tuple[Single, ...] | None = None
    """One value, or one per channel."""
    std: tuple[Annotated[Finite, Field(gt=0), AfterValidator(single)], ...] | None = None
    """One value, or one per channel."""
    resize: tuple[Pixels, Pixels] | None = None
    """Height and width, image folder only."""
    color: Literal["rgb", "grayscale"] = "rgb"
    """What pictures are turned into, image folder only."""
    layout: Literal["nchw", "nhwc"] = "nchw"
    """Where the model wants the channels, image folder only."""
    limit: int | None = Field(default=None, gt=0, lt=2**63)
    """Use only the first so many items."""


class ClassIndex(Noun):
    """Where among a model's scores a class is looked for."""

    source: str
    """Path of the data that names it."""
    name: str
    index: int


class Text(Noun):
    """How a language model is asked. Every choice here is part of what a measurement means."""

    window: Tokens = Field(default=128, ge=8)
    """Tokens of each stretch of running text that is scored; one stretch is one item."""
    prompt_tokens: Tokens = Field(default=64, ge=1)
    """Tokens of the prompt in a timed request."""
    output_tokens: Tokens = Field(default=16, ge=2)
    """Tokens that a timed request generates, always so many, greedily."""
    answer_tokens: Tokens = Field(default=32, ge=1)
    """Most tokens of an answer that is compared with the expected one."""
    chat_template: bool = False
    """Whether prompts of questions and exercises are put in the model's own chat template."""
