"""Evaluation data is a regular file, wherever links to it lead; what else stands in its place is named and refused."""

import os
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from edgeci.errors import ConfigError, EdgeciError, InputRejected
from edgeci.evaluation.readers import Raw, read_raw
from edgeci.evaluation.text_rows import Kinds, read_rows
from edgeci.types import DataSource

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"
KINDS = Kinds([{"text": str}], "text")
NAMES = ("a.npz", "a.npy", "a.csv", "a.jsonl")


def read(folder: Path, name: str, **settings: Any) -> Raw:
    return read_raw(DataSource(path=name, **settings), folder)


def fifo(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(os.path.relpath(path))  # a socket's path is short


def pointer(path: Path) -> None:
    path.write_bytes(POINTER)


IRREGULAR = {
    fifo: "not a regular file",
    device: "not a regular file",
    listening: "not a regular file",
    pointer: "a Git LFS pointer, not the file itself; run `git lfs pull`",
}


@pytest.mark.parametrize("put", IRREGULAR, ids=lambda put: put.__name__)
@pytest.mark.parametrize("name", [*NAMES, "anything"])
def test_no_reader_waits_for_what_is_no_file(name: str, put: Any, tmp_path: Path) -> None:
    put(tmp_path / name)
    with pytest.raises(InputRejected, match=f"{name}: {IRREGULAR[put]}"):
        read(tmp_path, name)


@pytest.mark.parametrize("put", IRREGULAR, ids=lambda put: put.__name__)
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl"])
def test_no_text_is_read_from_what_is_no_file(name: str, put: Any, tmp_path: Path) -> None:
    put(tmp_path / name)
    with pytest.raises(InputRejected, match=f"{name}: {IRREGULAR[put]}"):
        read_rows(DataSource(path=name), tmp_path, KINDS)


@pytest.mark.parametrize("put", IRREGULAR, ids=lambda put: put.__name__)
@pytest.mark.parametrize("settings", [{"labels": "y.npy"}, {"slices": "y.npy"}])
def test_the_files_beside_an_npy_are_files_too(put: Any, settings: dict[str, str], tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((4, 3)))
    put(tmp_path / "y.npy")
    with pytest.raises(InputRejected, match=rf"y\.npy: {IRREGULAR[put]}"):
        read(tmp_path, "a.npy", **settings)


@pytest.mark.parametrize("put", IRREGULAR, ids=lambda put: put.__name__)
def test_the_images_of_a_folder_are_files_too(put: Any, tmp_path: Path) -> None:
    (tmp_path / "images/cat").mkdir(parents=True)
    put(tmp_path / "images/cat/1.png")
    with pytest.raises(InputRejected, match=rf"1\.png: {IRREGULAR[put]}"):
        read(tmp_path, "images")


def test_links_to_data_are_followed(tmp_path: Path) -> None:
    """DVC and Bazel make them."""
    (tmp_path / "store/cat").mkdir(parents=True)
    Image.new("RGB", (4, 2)).save(tmp_path / "store/1", "PNG")
    np.save(tmp_path / "store/2", np.zeros((4, 3)))
    (tmp_path / "store/3").write_text("Some text")
    (tmp_path / "store/cat/1.png").symlink_to(tmp_path / "store/1")
    (tmp_path / "images").mkdir()
    (tmp_path / "images/cat").symlink_to(tmp_path / "store/cat")
    (tmp_path / "a.npy").symlink_to(tmp_path / "store/2.npy")
    (tmp_path / "a.txt").symlink_to(tmp_path / "store/3")
    assert len(read(tmp_path, "images").inputs["images"]) == 1
    assert len(read(tmp_path, "a.npy").inputs["a"]) == 4
    assert read_rows(DataSource(path="a.txt"), tmp_path, KINDS)[0][1] == {"text": "Some text"}


@pytest.mark.parametrize("target", ["nothing", "a.npz"])
def test_a_link_that_leads_nowhere_is_refused(target: str, tmp_path: Path) -> None:
    (tmp_path / "a.npz").symlink_to(tmp_path / target)
    with pytest.raises(EdgeciError, match=r"a\.npz: (not there|a symbolic link)"):
        read(tmp_path, "a.npz")


@pytest.mark.parametrize("part", ["x" * 250 + "/", "x/"])
def test_a_path_that_no_system_takes_is_a_configuration_error(part: str, tmp_path: Path) -> None:
    name = part * (4000 // len(part)) + "a.npz"
    with pytest.raises(ConfigError, match=r"(not there|too long); paths start at the folder of edgeci\.yaml"):
        read(tmp_path, name)


@pytest.mark.parametrize("labels", ["x" * 5000 + ".npy", "x\0.npy", "\ud800.npy"])
def test_a_label_file_that_cannot_be_is_a_configuration_error(labels: str, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((4, 3)))
    with pytest.raises(ConfigError, match=r"labels and slices of an npy are npy files beside it"):
        read(tmp_path, "a.npy", labels=labels)
