"""What a program needs of a model's folder besides the weights: how to read text, to chat, to end, to embed."""

from edgeci.evaluation import sentence_transformers

CONFIG, TOKENIZER, TOKENIZER_SETTINGS = "config.json", "tokenizer.json", "tokenizer_config.json"
COMPANIONS = (
    CONFIG, "generation_config.json", TOKENIZER, TOKENIZER_SETTINGS, "tokenizer.model", "special_tokens_map.json",
    "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt", "chat_template.jinja", "chat_template.json",
    *sentence_transformers.COMPANIONS,
)  # fmt: skip
"""Everything else in the folder stays where it is."""
