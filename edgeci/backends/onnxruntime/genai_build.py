"""onnxruntime-genai's model builder, run in this process, and what its matrix products became."""

import shutil
import sys
from collections import Counter
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from pydantic import JsonValue

from edgeci.backends.options import Values
from edgeci.errors import BackendFailed, ConfigError

SPELLED = {"symmetric": "is_symmetric", "algorithm": "algo_config"}
"""Our name -> the builder's, where they differ."""


def refuse_broken(method: str, options: Values, source: Mapping[str, object]) -> None:
    """What builder 0.18 writes, and ONNX Runtime then does not load.

    Raises:
        ConfigError: embeddings shared with the last layer cannot have these options.
    """
    shared = method == "int4" and source.get("tie_word_embeddings") and options["algorithm"] == "default"
    if shared and (not options["symmetric"] or options["last_layer"] == "int8"):
        raise ConfigError(
            "int4: this model's embeddings are its last layer's weights, for which the default algorithm writes an "
            "invalid graph with symmetric: false or last_layer: int8; add algorithm: k_quant or rtn"
        )


def builder_options(given: Mapping[str, JsonValue]) -> list[str]:
    """As the builder's command line spells them."""
    spelled = {SPELLED.get(name, name): value for name, value in given.items()}
    if "last_layer" in spelled:
        spelled["matmul_mixed_precision"] = f"last_matmul:{spelled.pop('last_layer')}"
    return [f"{name}={str(value).lower()}" for name, value in spelled.items()]


def build(model: Path, precision: str, options: list[str], output: Path) -> None:
    """Run the builder in this process.

    Raises:
        BackendFailed: an architecture the builder does not know.
    """
    package = find_spec("onnxruntime_genai")
    assert package is not None and package.origin is not None
    # The builder's modules import each other as top-level ones: they are a program, not a package.
    sys.path.insert(0, str(Path(package.origin).parent / "models"))
    import builder

    cache = output / "cache"
    task = (None, str(model), str(output), precision, "cpu", str(cache))
    extra = builder.parse_extra_options(*task, ["hf_token=false", "hf_remote=false", *options])
    try:
        builder.create_model(*task, **extra)
    except NotImplementedError as problem:
        raise BackendFailed(f"onnxruntime-genai's builder does not know this architecture ({problem})") from problem
    shutil.rmtree(cache, ignore_errors=True)


def quantization(path: Path, bits: int) -> list[str]:
    """What the matrix products became.

    Raises:
        BackendFailed: none of them has weights of so many bits.
    """
    import onnx

    nodes = onnx.load(path, load_external_data=False).graph.node
    products: Counter[int] = Counter()
    for node in nodes:
        if node.op_type == "MatMulNBits":
            products[next((field.i for field in node.attribute if field.name == "bits"), 4)] += 1
        elif node.op_type == "MatMul":
            products[32] += 1
    if not products[bits]:
        raise BackendFailed(f"int{bits} was asked for, but no matrix product has weights of {bits} bits")
    others = [f"{count} of {width} bits" for width, count in sorted(products.items()) if width != bits]
    notes = [f"{products[bits]} matrix products of {bits} bits, {', '.join(others)}"] if others else []
    if not any(node.op_type == "GatherBlockQuantized" for node in nodes):
        notes.append("the embeddings stay float32")
    return notes
