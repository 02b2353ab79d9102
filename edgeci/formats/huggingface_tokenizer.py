"""The tokenizer of a folder, as far as it is told: what kind it is, and the chat template, which is never rendered."""

from pathlib import Path

from pydantic import JsonValue

from edgeci.errors import InputRejected
from edgeci.evaluation.companions import TOKENIZER, TOKENIZER_SETTINGS
from edgeci.formats.huggingface_configuration import text_of
from edgeci.plain_json import read_object, writable

MOST_TOKENIZER_BYTES = 64 << 20
MOST_TEMPLATE_BYTES = 1 << 18


def tokenizer(folder: Path) -> dict[str, JsonValue]:
    """What kind it is, and the chat template as text.

    Raises:
        InputRejected: no tokenizer.json, or one that is damaged.
    """
    if not (folder / TOKENIZER).is_file():
        raise InputRejected(
            f"{folder}: no tokenizer (tokenizer.json), so no text can be given to the model; save it beside the "
            "weights (AutoTokenizer.from_pretrained(MODEL).save_pretrained(FOLDER))"
        )
    model = read_object(folder / TOKENIZER, MOST_TOKENIZER_BYTES).get("model")
    if not isinstance(model, dict):
        raise InputRejected(f"{folder / TOKENIZER}: no tokenizer (it has no `model`)")
    template = chat_template(folder)
    return {"tokenizer": text_of(model.get("type")), **({"chat_template": template} if template else {})}


def chat_template(folder: Path) -> str:
    """Never rendered here; empty where there is none, or one too long to be one."""
    path = folder / "chat_template.jinja"
    if path.is_file():
        with path.open("rb") as stream:
            content = stream.read(MOST_TEMPLATE_BYTES + 1)
        return content.decode("utf-8", errors="replace") if len(content) <= MOST_TEMPLATE_BYTES else ""
    template = settings(folder).get("chat_template")
    if isinstance(template, list):  # several, by name
        named = [entry for entry in template if isinstance(entry, dict) and entry.get("name") == "default"]
        template = named[0].get("template") if named else None
    return writable(template) if isinstance(template, str) and len(template) <= MOST_TEMPLATE_BYTES else ""


def settings(folder: Path) -> dict[str, JsonValue]:
    path = folder / TOKENIZER_SETTINGS
    return read_object(path, MOST_TOKENIZER_BYTES) if path.is_file() else {}
