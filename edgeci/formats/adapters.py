"""Adapters (LoRA and its kin, as peft saves them): a few weights to add to a model's, and no model."""

from collections.abc import Iterable

ADAPTER = "adapter_config.json"
MERGE = (
    "merge it into its base with peft (model.merge_and_unload().save_pretrained(FOLDER), and the tokenizer's "
    "save_pretrained) and give that folder"
)


def adapters(names: Iterable[str]) -> list[str]:
    """Files of an adapter among those of a folder."""
    return sorted(name for name in names if name == ADAPTER or name.startswith("adapter_model."))
