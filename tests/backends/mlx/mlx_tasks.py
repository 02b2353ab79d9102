"""What the tests of MLX ask of a worker besides what they ask of every backend."""

from pathlib import Path
from typing import Any

from edgeci.evaluation.huggingface_tokenizer import HuggingfaceTokenizer
from tests.backends.language_model_tasks import CPU, module, recipe


def memory(main: str, tokens: list[int]) -> list[int]:
    """Bytes that MLX holds, cached buffers included: after loading, then after calls of each kind."""
    import mlx.core as mx

    session = module("mlx").load(Path(main), recipe("mlx", "int4", {}), CPU)
    mx.clear_cache()
    sizes = [mx.get_active_memory() + mx.get_cache_memory()]
    for _ in range(2):
        session.log_probabilities(tokens)
        list(session.generate(tokens, 2))
        next(session.generate(tokens, 5))
        sizes.append(mx.get_active_memory() + mx.get_cache_memory())
    return sizes


def tokenized(model: str, texts: list[str]) -> dict[str, Any]:
    """Ids and a chat by our tokenizer and by transformers."""
    from transformers import AutoTokenizer

    ours, theirs = HuggingfaceTokenizer(Path(model)), AutoTokenizer.from_pretrained(model)
    messages = [{"role": "user", "content": "What is 2 + 2?"}]
    return {
        "ours": [ours.encode(text, True) for text in texts],
        "theirs": [theirs(text)["input_ids"] for text in texts],
        "our_chat": ours.in_chat("What is 2 + 2?"),
        "their_chat": theirs.apply_chat_template(messages, tokenize=False, add_generation_prompt=True),
        "our_texts": [ours.decode(ours.encode(text, True)) for text in texts],
        "their_texts": [theirs.decode(theirs(text)["input_ids"], skip_special_tokens=True) for text in texts],
        "ends": sorted(ours.end_tokens),
        "their_end": theirs.eos_token_id,
    }
