"""Into OpenVINO's own representation (IR), and back to a file of it."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from edgeci.accidents import is_accident
from edgeci.errors import BackendFailed
from edgeci.evaluation.samples import Samples
from edgeci.framework_words import explained

Model = Any
"""An openvino.Model, compiled or not: OpenVINO's own types are known only where it may be imported."""
Product = tuple[Model, list[str]]
"""A model and notes about it."""
UNNAMED = re.compile(rb'(<layer id="\d+" name="[A-Z][A-Za-z0-9]*)_\d+')


def convert(model: Path, samples: Samples | None) -> Product:
    """Dynamic shapes as the model has them; where OpenVINO cannot convert those, the shapes of the first item.

    An IR needs no conversion.

    Raises:
        BackendFailed: there is no item.
    """
    import openvino

    if model.suffix == ".xml":
        return openvino.Core().read_model(model), []
    try:
        return openvino.convert_model(model), []  # a Path, because the name of a str would be written into the IR
    except Exception as problem:
        if is_accident(problem):
            raise
        reason = explained("OpenVINO cannot convert this model", type(problem).__name__, str(problem))
        if samples is None:
            raise BackendFailed(
                f"{reason}; if it is for its dynamic shapes, set data.calibration in edgeci.yaml and it is tried with "
                "the shapes of an item"
            ) from problem
    shapes = [(name, list(values.shape)) for name, values in samples.feeds(0).items()]
    return openvino.convert_model(model, input=shapes), [
        f"static shapes ({sizes(shapes)}), as with dynamic ones {reason}"
    ]


def sizes(shapes: Iterable[tuple[str, Iterable[int]]]) -> str:
    return ", ".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in shapes)


def save(model: Model, folder: Path, name: str = "model.xml") -> None:
    """Weights as they are, not as float16; nothing in the bytes that depends on the file name or the process."""
    import openvino

    path = folder / name
    openvino.save_model(model, path, compress_to_fp16=False)
    # Unnamed operations are numbered by a counter of the process: count them in the file's own order instead.
    numbers = iter(range(2**62))
    path.write_bytes(UNNAMED.sub(lambda match: match[1] + b"_%d" % next(numbers), path.read_bytes()))
