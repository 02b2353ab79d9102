"""What a framework's own words mean, and what helps: they were written for whoever writes frameworks."""

import re
from dataclasses import dataclass

LONGEST_WORDS = 200
FOLDERS = re.compile(r"(?<![\w.])(?:/[^\s/:'\"]+)+/(?=[^\s/:'\"]+)")
"""In which a file lies: a worker's are gone when somebody reads of them."""


@dataclass(frozen=True)
class Meaning:
    """Of words that are known: a sentence with what they name in it, and the remedy."""

    words: re.Pattern[str]
    sentence: str


def meaning(words: str, sentence: str) -> Meaning:
    return Meaning(re.compile(words, re.IGNORECASE), sentence)


ANOTHER = "export the model without it, or list a backend that has it"
MEANINGS = (
    meaning(r"(?:error: )?([\w.]+):(\w+)\(-?\d+\) is not a registered function/op",
            f"it has no operator {{1}} of the domain {{0}}; {ANOTHER}"),
    meaning(r"No Op registered for (\w+) with domain_version of (\d+)",
            f"it has no operator {{0}} in opset {{1}}; {ANOTHER}"),
    meaning(r"No conversion rule found for operations: ([^\n]+)", f"it has no operator {{0}}; {ANOTHER}"),
    meaning(r"does not support the following ONNX operations: ([^\n]+)", f"it has no operator {{0}}; {ANOTHER}"),
    meaning(r"Could not find an implementation for (\w+)\((\d+)\)",
            "it has operator {0} of opset {1} not for these types; export with float32, or for another opset"),
    meaning(r"till opset (\d+)|up to opset (\d+)",
            "the model's opset is newer than it knows ({0}); export for that opset, or install a newer version"),
    meaning(r"Unsupported model IR version: (\d+), max supported IR version: (\d+)",
            "the file is of ONNX IR version {0}, and it reads up to {1}; save the model with an older onnx package, or "
            "install a newer version of the runtime"),
    meaning(r"Got invalid dimensions for input: (\S+)",
            "the input {0} takes another shape than the items have; export with dynamic dimensions, or reshape them"),
    meaning(r"while running (\w+) node\. Name:'([^']*)'",
            "its operator {0} fails at the node {1!r}; if the items differ in size, export with dynamic dimensions"),
    meaning(r"This is an invalid model\.", "it finds the graph invalid; ask onnx.checker, and export the model anew"),
    meaning(r"Conversion is failed for: ([^\n]+)",
            "it knows the operator {0}, but not with these shapes or attributes; export with static shapes"),
    meaning(r"No module named '([\w.]+)'", "its environment lacks the package {0}; install it there"),
    meaning(r"out_of_memory|CUDA out of memory", "the accelerator has too little memory; lower the batch"),
)  # fmt: skip


def explained(what: str, kind: str, text: str) -> str:
    """What edgeci tried, what the words mean where that is known, and the telling line of them, cut."""
    for known in MEANINGS:
        if (said := known.words.search(text)) is not None:
            named = [group for group in said.groups() if group is not None]
            return f"{what}: {known.sentence.format(*named)} ({kind}: {line_of(text, said.start())})"
    return f"{what} ({kind}: {line_of(text, 0)})" if text.strip() else f"{what} ({kind}, without a word)"


def line_of(text: str, place: int) -> str:
    """The line in which something stands, or the first that says anything, without folders; cut around it."""
    before, after = text[:place].rpartition("\n")[2], text[place:].lstrip()
    shorter = FOLDERS.sub("", " ".join((before + after.partition("\n")[0]).split()))
    if len(shorter) <= LONGEST_WORDS:
        return shorter
    start = max(0, min(len(FOLDERS.sub("", " ".join(before.split()))), len(shorter) - LONGEST_WORDS))
    end = start + LONGEST_WORDS
    return f"{'...' if start else ''}{shorter[start:end]}{'...' if end < len(shorter) else ''}"
