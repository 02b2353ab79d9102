"""What a backend, or a person, should know of a folder before anything is tried."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from pydantic import JsonValue

from edgeci.formats.adapters import MERGE, adapters
from edgeci.formats.half_precision import half_precision
from edgeci.formats.huggingface_configuration import quantized
from edgeci.formats.huggingface_head import has_two_heads
from edgeci.formats.huggingface_tokenizer import settings
from edgeci.formats.huggingface_weights import pickles
from edgeci.formats.safetensors import Header
from edgeci.plain_json import writable
from edgeci.types import Concern


def concerns(
    folder: Path, config: Mapping[str, JsonValue], headers: Collection[Header], dtypes: Counter[str]
) -> Iterator[Concern]:
    """What a backend, or a person, should know before anything is tried."""
    if "auto_map" in config or "auto_map" in settings(folder):
        yield Concern(
            code="remote-code",
            message="it asks for Python code of its own (auto_map), which is never run: a backend must know the model",
        )
    code = [path.name for path in folder.iterdir() if path.suffix == ".py"]
    if left := sorted([*pickles(folder), *code]):
        names = ", ".join(writable(name)[:60] for name in left[:3]) + (" ..." if len(left) > 3 else "")
        yield Concern(code="left-out", message=f"pickles and code beside the model are not taken in: {names}")
    if adapters(path.name for path in folder.iterdir()):
        yield Concern(
            code="adapter-left-out",
            message=f"the adapter (LoRA) beside the model is not applied: what is measured is the base; {MERGE}",
        )
    if has_two_heads(config, headers):
        yield Concern(
            code="two-heads",
            message="config.json says that the head is the embeddings (tie_word_embeddings), and the weights hold an "
            "lm_head of their own: runtimes differ in which of them they take",
        )
    if described := quantized(config):
        yield Concern(code="already-quantized", message=f"the weights are quantized already: {described}")
    yield from half_precision(dtypes)
