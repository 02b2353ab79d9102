"""Items in a folder of images, a sub-folder a class."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edgeci.errors import ConfigError, InputRejected
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.data_files import entries, is_folder, opened_data
from edgeci.evaluation.readers.raw import Raw
from edgeci.types import DataSource

if TYPE_CHECKING:
    from PIL.Image import Image

IMAGES = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
"""What is opened as an image. Pillow knows more, but for EPS it would start Ghostscript."""
MOST_PIXELS = 25_000_000
"""Of one image; a few hundred bytes can claim to be as many as there is memory."""


def from_images(folder: Path, source: DataSource) -> Raw:
    """One sub-folder a class, in alphabetical order; the class's index is the label."""
    classes = [entry for entry in entries(folder) if is_folder(entry)]
    files = [(index, file) for index, entry in enumerate(classes) for file in entries(entry)]
    if not files:
        raise ConfigError(f"{folder}: no class folders with images")
    images = [one_image(file, source) for _, file in files]
    if len({image.shape for image in images}) > 1:
        raise ConfigError(f"{folder}: images of different sizes; set `resize: [height, width]`")
    labels = np.array([index for index, _ in files])
    names = np.array([classes[index].name for index, _ in files])
    return Raw({folder.name: np.stack(images)}, labels, names if source.slices else None)


def one_image(file: Path, source: DataSource) -> Array:
    from PIL import Image

    Image.init()  # not every build of Pillow knows every format
    with opened_data(file) as stream:
        try:
            with Image.open(stream, formats=[name for name in IMAGES if name in Image.OPEN]) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise ValueError(f"{image.width} x {image.height} pixels, more than {MOST_PIXELS}; make it smaller")
                return pixels(image, source)
        except Exception as problem:
            raise InputRejected(f"{file}: not a readable image ({problem})") from problem


def pixels(image: "Image", source: DataSource) -> Array:
    """uint8 in the wanted layout: (channels, height, width) or (height, width, channels)."""
    converted = image.convert("RGB" if source.color == "rgb" else "L")
    if source.resize is not None:
        converted = converted.resize((source.resize[1], source.resize[0]))
    values = np.asarray(converted)
    values = values[:, :, None] if values.ndim == 2 else values
    return values.transpose(2, 0, 1) if source.layout == "nchw" else values
