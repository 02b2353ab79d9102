"""What is let in: the model's own files, under names that cannot reach anything else."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeci.errors import ConfigError, EdgeciError, InputRejected
from edgeci.formats.intake import copy_in, open_regular, place, places
from edgeci.formats.location import check_location
from tests.models.onnx_models import POINTER


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def link(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def twice_named(path: Path) -> None:
    path.write_bytes(b"model")
    os.link(path, path.with_name("other"))


def pointer(path: Path) -> None:
    path.write_bytes(POINTER)


def large(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(2 * 2**20)


NOT_LET_IN: dict[Callable[[Path], None], str] = {
    folder: "a folder, not a file",
    pipe: "not a regular file",
    link: "a symbolic link; give the file itself",
    twice_named: "has a second hard link, so its content is not this repository's alone; copy the file",
    pointer: r"a Git LFS pointer, not the file itself; run `git lfs pull` \(actions/checkout needs `lfs: true`\)",
    large: r"2 MB, more than limits.model_mb allows \(1\)",
}


@pytest.mark.parametrize("make", NOT_LET_IN)
def test_what_is_not_a_models_own_file_is_not_opened(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "model.onnx")
    with pytest.raises(InputRejected, match=NOT_LET_IN[make]) as caught:
        open_regular(tmp_path / "model.onnx", 1)
    assert caught.value.exit_code == 7


def test_a_missing_model_is_one_to_set_and_a_missing_part_one_to_put_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not there; set `model` in edgeci"):
        copy_in(tmp_path / "model.onnx", ("w.bin",), tmp_path / "copy", 1)
    (tmp_path / "model.onnx").write_bytes(b"model")
    with pytest.raises(ConfigError, match=r"w\.bin: not there; it belongs to the model and lies beside it"):
        copy_in(tmp_path / "model.onnx", ("w.bin",), tmp_path / "copy", 1)


@pytest.mark.parametrize("location", ["../w", "a/../../w", "/w", "", ".", "a\\w", "a\0w", "*/_ORT_MEM_ADDR_/*"])
def test_a_location_outside_the_folder_is_refused(location: str, tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match="outside the model's folder"):
        check_location(location, tmp_path / "model.onnx")


def round_and_round(home: Path) -> None:
    (home / "sub").symlink_to("sub")


def up(home: Path) -> None:
    (home / "sub").symlink_to("..")


@pytest.mark.parametrize("make", [round_and_round, up])
def test_a_location_through_a_linked_folder_is_refused(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path)
    with pytest.raises(InputRejected, match="outside the model's folder through a linked folder"):
        check_location("sub/w.bin", tmp_path / "model.onnx")


def test_a_location_that_is_no_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EdgeciError):
        open_regular(check_location("n" * 5000, tmp_path / "model.onnx"), 1)


@pytest.mark.parametrize("location", ["model.onnx", "./MODEL.onnx", "model.onnx/w.bin", "net.onnx"])
def test_external_data_cannot_take_the_place_of_the_model_in_the_copy(location: str, tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match=r"external data of net\.onnx under this name; call it net\.onnx\.data"):
        places(tmp_path / "net.onnx", [location], "onnx")


def test_a_place_is_the_same_however_the_location_is_written() -> None:
    assert {place("a/w.bin", "onnx"), place("./a//w.bin", "onnx")} == {"a/w.bin"}
    assert place("digits.bin", "openvino_ir") == "model.bin"
