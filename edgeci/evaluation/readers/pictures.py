"""One picture as an array, with every value that its file has, or a sentence that says what would be lost."""

from typing import IO, TYPE_CHECKING

import numpy as np

from edgeci.errors import ConfigError, EdgeciError, InputRejected
from edgeci.evaluation.arrays import Array
from edgeci.types import DataSource

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
"""What is opened as an image. Pillow knows more, but for EPS it would start Ghostscript."""
MOST_PIXELS = 25_000_000
"""Of one image; a few hundred bytes can claim to be as many as there is memory."""
DEEP = {"I;16": np.uint16, "I;16B": np.uint16, "I;16L": np.uint16, "I": np.int32, "F": np.float32}
"""Pillow's modes of more than 8 bits, which its conversions clip at 255, and what holds their values."""


def picture(stream: IO[bytes], what: str, source: DataSource) -> Array:
    """Upright as its EXIF says, in the wanted colours, size and layout: (channels, height, width) or with them last.

    uint8; of more than 8 bits, grayscale only, every value as it is: uint16, int32 or float32.

    Raises:
        ConfigError: something in it would be lost: more than one picture, partial transparency, deep colours.
        InputRejected: not a readable image.
    """
    from PIL import Image, ImageOps

    Image.init()  # not every build of Pillow knows every format
    try:
        with Image.open(stream, formats=[name for name in FORMATS if name in Image.OPEN]) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ValueError(f"{image.width} x {image.height} pixels, more than {MOST_PIXELS}; make it smaller")
            refuse_several(image, what)
            return laid_out(pixels(ImageOps.exif_transpose(image), what, source), source)
    except EdgeciError:
        raise
    except Exception as problem:
        raise InputRejected(f"{what}: not a readable image ({problem})") from problem


def mask(stream: IO[bytes], what: str, source: DataSource) -> Array:
    """(height, width) class ids, as they are written: of a palette its indices.

    Raises:
        ConfigError: colours, which are no ids.
        InputRejected: not a readable image.
    """
    from PIL import Image

    Image.init()
    try:
        with Image.open(stream, formats=[name for name in FORMATS if name in Image.OPEN]) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ValueError(f"{image.width} x {image.height} pixels, more than {MOST_PIXELS}; make it smaller")
            if len(image.getbands()) > 1:
                raise ConfigError(f"{what}: a mask in colours; write class ids, one channel or a palette")
            ids = image if source.resize is None else image.resize(source.resize[::-1], Image.Resampling.NEAREST)
            return np.asarray(ids).astype(np.int64)
    except EdgeciError:
        raise
    except Exception as problem:
        raise InputRejected(f"{what}: not a readable image ({problem})") from problem


def refuse_several(image: "Image", what: str) -> None:
    """An item is one picture. (Cameras put a preview behind a photo: MPO.)"""
    count = getattr(image, "n_frames", 1)
    if count > 1 and image.format != "MPO":
        raise ConfigError(f"{what}: holds {count} pictures; an item is one, so keep the one that counts")


def pixels(image: "Image", what: str, source: DataSource) -> Array:
    """(height, width) or (height, width, 3)."""
    if image.mode in DEEP:
        return deep_pixels(image, what, source)
    if image.has_transparency_data:
        refuse_translucent(image, what)
    return resized(image.convert("RGB" if source.color == "rgb" else "L"), source)


def deep_pixels(image: "Image", what: str, source: DataSource) -> Array:
    if source.color == "rgb":
        raise ConfigError(
            f"{what}: grayscale of more than 8 bits (Pillow's mode {image.mode}), which RGB would clip; set `color: "
            "grayscale` and the `scale` of its values, or convert it"
        )
    values = np.asarray(image).astype(DEEP[image.mode])
    if source.resize is None:
        return values
    from PIL import Image

    smooth = resized(Image.fromarray(values.astype(np.float32)), source)
    return smooth if image.mode == "F" else np.rint(smooth).astype(values.dtype)


def refuse_translucent(image: "Image", what: str) -> None:
    """What lies behind it is not in the file, and black, white or what the pixels hide are three different inputs."""
    bearer = image if "A" in image.getbands() else image.convert("RGBA")
    if np.asarray(bearer.getchannel("A")).min() < 255:
        raise ConfigError(
            f"{what}: partly transparent, and what lies behind it is not in the file; flatten it on the background "
            "that the model was trained with"
        )


def resized(image: "Image", source: DataSource) -> Array:
    if source.resize is not None:
        image = image.resize((source.resize[1], source.resize[0]))
    return np.asarray(image)


def laid_out(values: Array, source: DataSource) -> Array:
    values = values[:, :, None] if values.ndim == 2 else values
    return values.transpose(2, 0, 1) if source.layout == "nchw" else values
