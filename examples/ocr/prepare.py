"""Prepare the OCR example: a segmenter that finds text and a recognizer that reads it, both in production use.

    pip install 'edgeci[onnxruntime]' rapidocr-onnxruntime==1.4.4 --no-deps
    python examples/ocr/prepare.py ocr-example
    cd ocr-example/reader && edgeci init model.onnx && edgeci run

The models are copied byte for byte from the installed package `rapidocr-onnxruntime` (Apache-2.0; PP-OCRv4 of
PaddleOCR). Nothing is downloaded. The pictures are drawn here, so what is written in them and where is known exactly;
they say what a recipe changes, not how well the models read photographs.
"""

import argparse
import shutil
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import onnx
from PIL import Image, ImageDraw, ImageFont

WORDS, SCENES, CALIBRATION = 400, 150, 60
READER_SIZE, FINDER_SIZE = (192, 48), (160, 160)
LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without those that differ from others only by their height."""
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
PACKAGE = "rapidocr-onnxruntime"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    prepare_reader(folder / "reader")
    prepare_finder(folder / "finder")
    print(f"{folder}/reader and {folder}/finder: model.onnx, evaluation.npz, calibration.npz")


def model(name: str, folder: Path) -> Path:
    """A copy of one of the package's models."""
    folder.mkdir(parents=True, exist_ok=True)
    source = distribution(PACKAGE).locate_file(f"rapidocr_onnxruntime/models/{name}")
    return Path(shutil.copyfile(str(source), folder / "model.onnx"))


def prepare_reader(folder: Path) -> None:
    """Words of eight letters; the symbols are those that the model's own file names, and a space."""
    copied = model("ch_PP-OCRv4_rec_infer.onnx", folder)
    properties = {each.key: each.value for each in onnx.load(copied).metadata_props}
    symbols = [*properties["character"].removesuffix("\n").split("\n"), " "]
    (folder / "symbols.txt").write_text("\n".join(symbols) + "\n", encoding="utf-8")
    generator = np.random.default_rng(0)
    texts = ["".join(generator.choice(list(LETTERS), 8)) for _ in range(WORDS + CALIBRATION)]
    pictures = np.stack([word(text, generator) for text in texts])
    save(folder, pictures, np.array(texts), WORDS)


def word(text: str, generator: np.random.Generator) -> np.ndarray:
    """(3, 48, 192) float32 in -1..1, blue first as PaddleOCR has it."""
    picture = Image.new("RGB", READER_SIZE, tuple(generator.integers(170, 256, 3).tolist()))
    font = ImageFont.load_default(int(generator.integers(26, 32)))
    ink = tuple(generator.integers(0, 90, 3).tolist())
    ImageDraw.Draw(picture).text(tuple(generator.integers(2, 8, 2).tolist()), text, ink, font)
    turned = picture.rotate(
        float(generator.normal(0, 1.5)), Image.Resampling.BILINEAR, fillcolor=picture.getpixel((0, 0))
    )
    noisy = np.asarray(turned, np.float32) + generator.normal(0, 12, (*READER_SIZE[::-1], 3))
    return ((np.clip(noisy, 0, 255) / 255 - 0.5) / 0.5).transpose(2, 0, 1)[::-1].astype(np.float32)


def prepare_finder(folder: Path) -> None:
    """Lines of text somewhere in a picture, and a mask of where they are."""
    model("ch_PP-OCRv4_det_infer.onnx", folder)
    generator = np.random.default_rng(1)
    drawn = [scene(generator) for _ in range(SCENES + CALIBRATION)]
    pictures, masks = (np.stack(part) for part in zip(*drawn, strict=True))
    save(folder, pictures, masks, SCENES)


def scene(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(3, 160, 160) float32, and (160, 160) with 1 where a line of text is."""
    picture = Image.new("RGB", FINDER_SIZE, tuple(generator.integers(150, 256, 3).tolist()))
    draw, mask = ImageDraw.Draw(picture), np.zeros(FINDER_SIZE[::-1], np.uint8)
    for row in generator.choice(4, int(generator.integers(1, 4)), replace=False):
        text = "".join(generator.choice(list(LETTERS), int(generator.integers(4, 9))))
        place = (int(generator.integers(4, 30)), int(row) * 40 + int(generator.integers(2, 10)))
        font = ImageFont.load_default(int(generator.integers(18, 26)))
        left, top, right, bottom = (int(side) for side in draw.textbbox(place, text, font))
        draw.text(place, text, tuple(generator.integers(0, 110, 3).tolist()), font)
        mask[top:bottom, left:right] = 1
    values = (np.asarray(picture, np.float64) / 255 - MEAN) / STD
    return values.transpose(2, 0, 1).astype(np.float32), mask


def save(folder: Path, pictures: np.ndarray, labels: np.ndarray, count: int) -> None:
    np.savez_compressed(folder / "evaluation.npz", x=pictures[:count], labels=labels[:count])
    np.savez_compressed(folder / "calibration.npz", x=pictures[count:])


if __name__ == "__main__":
    main()
