"""Items of an embedding model, tokenized once by the source model's own tokenizer.

A data source is a text file with a text a line, or JSON lines in which each object is one of
    {"text": ...}                     a text to embed: cosine_distance
    {"query": ..., "passage": ...}    two that belong together: accuracy, the share of the queries whose nearest
                                      passage of all is their own (recall at 1), and cosine_distance of both
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from edgeci.errors import ConfigError
from edgeci.evaluation.text import Tokenizer
from edgeci.evaluation.text_items import TextSamples
from edgeci.evaluation.text_rows import Kinds, Row, read_rows
from edgeci.types import DataSource, Text

KINDS = Kinds(keys=({"text": str}, {"query": str, "passage": str}), words="text, or query with passage")
RETRIEVAL = ("accuracy", "agreement", "recall_at_5", "recall_at_10")
"""Class metrics that mean something where every passage is a class."""


def tokenize(source: DataSource, folder: Path, tokenizer: Tokenizer, text: Text) -> TextSamples:
    """Every different text once, at most `text.window` tokens of it, and the pairs as places among them.

    Raises:
        ConfigError: missing file, unknown kind, an object that is no item, an empty text.
        InputRejected: not text in UTF-8.
    """
    places: dict[tuple[int, ...], int] = {}
    lengths: dict[str, int] = {}
    texts: list[str] = []

    def place(content: str, where: str) -> int:
        whole = whole_of(tokenizer, content, where)
        lengths[content] = len(whole)
        tokens = cut(whole, tokenizer.whole(""), text.window)
        if tokens not in places:
            texts.append(content)
        return places.setdefault(tokens, len(places))

    pairs: list[tuple[int, int]] = []
    slices: list[str] = []
    clusters: list[str] = []
    for where, row in rows_of(source, folder):
        placed = [place(row[key], where) for key in ("text", "query", "passage") if key in row]
        if "query" in row:
            pairs.append((placed[-2], placed[-1]))
            slices += [str(row[source.slices])] if source.slices else []
            clusters += [str(row[source.cluster])] if source.cluster else []
    return TextSamples(
        windows=tuple(places),
        texts=tuple(texts),
        pairs=tuple(pairs),
        slices=tuple(slices),
        clusters=tuple(clusters),
        remarks=tuple(shortened(list(lengths.values()), text.window, source)),
    )


def rows_of(source: DataSource, folder: Path) -> list[tuple[str, Row]]:
    """A text file holds a text a line, here."""
    rows = read_rows(source, folder, KINDS)
    if not (source.path or "").endswith(".txt"):
        return rows
    where, content = rows[0][0], rows[0][1]["text"]
    lines = [(f"{where}:{number}", {"text": line}) for number, line in enumerate(content.split("\n"), start=1)]
    return [(place, row) for place, row in lines if row["text"].strip()][: source.limit]


def whole_of(tokenizer: Tokenizer, content: str, where: str) -> list[int]:
    """
    Raises:
        ConfigError: there is nothing in it, or nothing that the tokenizer sees.
    """
    tokens = tokenizer.whole(content)
    if not content.strip() or tokens == tokenizer.whole(""):
        raise ConfigError(f"{where}: an empty text has no meaning to embed")
    return tokens


def cut(tokens: list[int], around: list[int], window: int) -> tuple[int, ...]:
    """The first tokens of a text that is too long, and what the model wants behind one, as when it was trained.

    `around` is what the model wants around an empty text.
    """
    if len(tokens) <= window:
        return tuple(tokens)
    behind = around[-1:] if len(around) > 1 else []
    return (*tokens[: window - len(behind)], *behind)


def shortened(lengths: Sequence[int], window: int, source: DataSource) -> Iterator[str]:
    """What is said of texts that do not fit."""
    if long := sum(length > window for length in lengths):
        yield f"{source.path}: {long} of {len(lengths)} texts have more than text.window ({window}) tokens and are cut"


def refuse_without_items(metric: str, items: TextSamples) -> None:
    """
    Raises:
        ConfigError: no pairs for a metric that needs them, or a metric that is not one of embeddings.
    """
    if metric == "cosine_distance":
        return
    if metric not in RETRIEVAL:
        known = ", ".join(("cosine_distance", *RETRIEVAL))
        raise ConfigError(f"{metric} is not measured of embedding models; measured are {known}")
    if len(items.pairs) < 2:
        raise ConfigError(f"{metric} needs pairs in the evaluation data: lines with `query` and `passage`")
