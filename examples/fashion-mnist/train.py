"""Train the packaged classifier and write everything `edgeci quickstart` ships.

    pip install torch==2.13.0 onnx onnxscript numpy
    apt-get install dataset-fashion-mnist
    python examples/fashion-mnist/train.py edgeci/quickstart

A plain six-convolution network, on purpose: full convolutions are where int8 pays on a CPU with VNNI or dot-product
instructions (about 3x), where depthwise-separable networks gain next to nothing. Training uses the 60,000 training
images; the 1,000 evaluation images are the first of the *test* split, the 100 calibration images come from the
training split, so no image is in both. Images are stored as they are, uint8 in 0..255; `scale` in edgeci.yaml makes
them the float32 in 0..1 that the network was trained on.
"""

import argparse
import gzip
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

DATASET = Path("/usr/share/datasets/fashion-mnist")
CLASSES = ["t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"]
EVALUATION_ITEMS = 1000
CALIBRATION_ITEMS = 100


def read_split(folder: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, 1, 28, 28) uint8 and labels (n,) int64 from the IDX files."""
    images = gzip.decompress((folder / f"{split}-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((folder / f"{split}-labels-idx1-ubyte.gz").read_bytes())[8:]
    return (
        np.frombuffer(images, np.uint8).reshape(-1, 1, 28, 28),
        np.frombuffer(labels, np.uint8).astype(np.int64),
    )


def convolution(channels_in: int, channels_out: int) -> list[nn.Module]:
    return [
        nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
    ]


def network(width: int) -> nn.Sequential:
    return nn.Sequential(
        *convolution(1, width),
        *convolution(width, width),
        nn.MaxPool2d(2),
        *convolution(width, 2 * width),
        *convolution(2 * width, 2 * width),
        nn.MaxPool2d(2),
        *convolution(2 * width, 4 * width),
        *convolution(4 * width, 4 * width),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Dropout(0.3),
        nn.Linear(4 * width, len(CLASSES)),
    )


def train(model: nn.Sequential, images: np.ndarray, labels: np.ndarray, epochs: int, batch: int) -> None:
    inputs = torch.from_numpy(images.copy()).float() / 255
    targets = torch.from_numpy(labels)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.05)
    steps = epochs * (len(inputs) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=steps)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.05)
    model.train()
    for epoch in range(epochs):
        order = torch.randperm(len(inputs))
        total = 0.0
        for start in range(0, len(inputs) - batch + 1, batch):
            chosen = order[start : start + batch]
            items = inputs[chosen]
            items = torch.where(torch.rand(len(items), 1, 1, 1) < 0.5, items.flip(3), items)
            loss = loss_of(model(items), targets[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}/{epochs}: loss {total / (len(inputs) // batch):.4f}", flush=True)


def fused(model: nn.Sequential) -> nn.Sequential:
    """Fold each batch normalization into the convolution before it; drop dropout."""
    layers: list[nn.Module] = []
    for layer in model.eval():
        if isinstance(layer, nn.BatchNorm2d):
            layers[-1] = fuse_conv_bn_eval(layers[-1], layer)
        elif not isinstance(layer, nn.Dropout):
            layers.append(layer)
    return nn.Sequential(*layers).eval()


def export(model: nn.Sequential, path: Path) -> None:
    batch = torch.export.Dim("batch")
    torch.onnx.export(
        model,
        (torch.zeros(2, 1, 28, 28),),
        path,
        input_names=["image"],
        output_names=["logits"],
        opset_version=18,
        dynamo=True,
        dynamic_shapes=({0: batch},),
        external_data=False,
        verbose=False,
    )
    strip_metadata(path)


def strip_metadata(path: Path) -> None:
    """The exporter writes source lines and paths of the training machine into each node."""
    import onnx

    proto = onnx.load(path)
    for node in proto.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in [*proto.graph.input, *proto.graph.output, *proto.graph.value_info]:
        del value.metadata_props[:]
    del proto.graph.metadata_props[:]
    del proto.metadata_props[:]
    onnx.save(proto, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--dataset", type=Path, default=DATASET)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--width", type=int, default=48)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    images, labels = read_split(arguments.dataset, "train")
    test_images, test_labels = read_split(arguments.dataset, "t10k")
    model = network(arguments.width)
    train(model, images, labels, arguments.epochs, batch=256)
    model = fused(model)
    with torch.inference_mode():
        answers = torch.cat([model(torch.tensor(part).float() / 255) for part in np.array_split(test_images, 40)])
    print(f"accuracy on all 10,000 test images: {(answers.argmax(1).numpy() == test_labels).mean():.4f}")
    arguments.output.mkdir(parents=True, exist_ok=True)
    export(model, arguments.output / "model.onnx")
    chosen = np.random.default_rng(0).choice(len(images), CALIBRATION_ITEMS, replace=False)
    np.savez_compressed(arguments.output / "calibration.npz", image=images[chosen], labels=labels[chosen])
    np.savez_compressed(
        arguments.output / "evaluation.npz",
        image=test_images[:EVALUATION_ITEMS],
        labels=test_labels[:EVALUATION_ITEMS],
        slices=np.array(CLASSES)[test_labels[:EVALUATION_ITEMS]],
    )


if __name__ == "__main__":
    main()
