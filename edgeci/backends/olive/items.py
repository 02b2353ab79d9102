"""Calibration items as one of Olive's data sets; in the worker's own process, so no script is needed."""

from pathlib import Path

import numpy as np

from edgeci.backends.onnxruntime.session import OnnxSession
from edgeci.backends.options import Values
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.samples import Feeds, Samples
from edgeci.types import Target

PLACE = "place"


def write_items(samples: Samples, source: Path, path: Path) -> Path:
    """What the model takes, item by item, and what it answers."""
    session = OnnxSession(source, Target(name="calibration"))
    arrays: dict[str, Array] = {PLACE: np.array(samples.place)}
    for index, feeds in enumerate(samples):
        arrays |= {f"{index}/feeds/{name}": values for name, values in feeds.items()}
        arrays[f"{index}/answer"] = session.infer(feeds)[samples.place]
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def place_of(path: Path) -> int:
    """Of the output that is compared."""
    with np.load(path, allow_pickle=False) as archive:
        return int(archive[PLACE])


def read_items(path: Path) -> tuple[list[Feeds], list[Array]]:
    """What `write_items` wrote: feeds and answers."""
    with np.load(path, allow_pickle=False) as archive:
        answers = {name.partition("/")[0]: archive[name] for name in archive.files if name.endswith("/answer")}
        feeds: dict[str, Feeds] = {index: {} for index in answers}
        for name in archive.files:
            index, _, rest = name.partition("/")
            if rest.startswith("feeds/"):
                feeds[index][rest.removeprefix("feeds/")] = archive[name]
    return list(feeds.values()), list(answers.values())


def calibration(items: Path) -> Values:
    register_items()
    return {
        "name": "calibration",
        "type": "DataContainer",
        "load_dataset_config": {"type": "edgeci_items", "params": {"path": str(items)}},
        "pre_process_data_config": {"type": "skip_pre_process"},
        "post_process_data_config": {"type": "skip_post_process"},
        "dataloader_config": {"type": "no_auto_batch_dataloader"},
    }


def register_items() -> None:
    import torch
    from olive.data.registry import Registry

    class Items(torch.utils.data.Dataset):  # type: ignore[misc]
        def __init__(self, path: str) -> None:
            self.feeds, _ = read_items(Path(path))

        def __len__(self) -> int:
            return len(self.feeds)

        def __getitem__(self, index: int) -> tuple[object, int]:
            return {name: torch.from_numpy(values) for name, values in self.feeds[index].items()}, 0

    def items(path: str, **_: object) -> Items:
        return Items(path)

    Registry.register_dataset("edgeci_items")(items)
