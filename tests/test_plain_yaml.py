"""YAML under limits: what is hostile, and what only looks like YAML, is refused at its place."""

import itertools

import pytest

from edgeci.errors import ConfigError, EdgeciError, InputRejected
from edgeci.plain_yaml import LONGEST_KEY, MOST_BYTES, MOST_DEPTH, MOST_NODES, parsed

BOMB = "\n".join(
    ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    + [
        f"{key}: &{key} [{', '.join(f'*{before}' for _ in range(10))}]"
        for before, key in itertools.pairwise("abcdefghi")
    ]
)
"""Nine lines that stand for ten thousand million values."""


def test_every_key_and_every_item_has_its_line_and_column() -> None:
    value, marks = parsed(b"a:\n  - b: 1\n  - c\n", "f")
    assert value == {"a": [{"b": 1}, "c"]}
    assert marks == {(): (1, 1), ("a",): (1, 1), ("a", 0): (2, 5), ("a", 0, "b"): (2, 5), ("a", 1): (3, 5)}


def test_an_empty_document_is_nothing() -> None:
    assert parsed(b"# nothing\n", "f") == (None, {(): (1, 1)})


def test_aliases_and_merge_keys_mean_what_yaml_says() -> None:
    value, marks = parsed(b"a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: *a\n", "f")
    assert value == {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}, "c": {"x": 1, "y": 2}}
    assert marks["b", "<<"] == (2, 5)


def test_a_date_is_a_text() -> None:
    assert parsed(b"[2026-01-31, 2026-13-45, 2026-01-01T25:61:61Z]", "f")[0] == [
        "2026-01-31",
        "2026-13-45",
        "2026-01-01T25:61:61Z",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (BOMB, f"stands for more than {MOST_NODES} values"),
        ("a: [" + "x, " * MOST_NODES + "]", f"stands for more than {MOST_NODES} values"),
        ("a: {" + ", ".join(f"k{number}" for number in range(MOST_NODES)) + "}", "stands for more than"),
        ("[" * 100_000, f"nested more than {MOST_DEPTH} deep"),
        ("{a: " * 100 + "}" * 100, f"nested more than {MOST_DEPTH} deep"),
        ("a: &a [*a]", f"nested more than {MOST_DEPTH} deep"),
        ("a: &a {<<: *a}", f"nested more than {MOST_DEPTH} deep"),
        ("#" * (MOST_BYTES + 1), f"larger than {MOST_BYTES} bytes"),
    ],
)
def test_what_no_configuration_needs_is_rejected(content: str, message: str) -> None:
    with pytest.raises(InputRejected, match=message):
        parsed(content.encode(), "f")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: [", "f:1:5: not YAML: "),
        ("a: *b", "f:1:4: not YAML: found undefined alias 'b'"),
        ("a: b\nc: \x01", "f:2:4: not YAML: special characters are not allowed"),
        ('a: "\\UFFFFFFFF"', "f:1:7: not YAML: "),
        ('a: "\\U00110000"', "f:1:7: not YAML: "),
        ("%YAML 1." + "1" * 5000 + "\n--- a", "f:1:9: not YAML: "),
        ("a: {<<: 3}", "f:1:9: not YAML: expected a mapping or list of mappings for merging"),
        ("a: {<<: [3]}", "f:1:10: not YAML: expected a mapping for merging"),
        ("--- a\n--- b", "not YAML: but found another document"),
        ("a: 1\na: 2", "f:2:1: 'a' is given twice (first in line 1)"),
        ("&k a: 1\n*k : 2", "f:1:1: 'a' is given twice (first in line 1)"),
        ("? [a, b]\n: c", "f:1:3: a key must be text"),
        ("? {a: b}\n: c", "f:1:3: a key must be text"),
        ("1: a", "f:1:1: a key must be text"),
        ("null: a", "f:1:1: a key must be text"),
        ("yes: a", "f:1:1: a key must be text"),
        ("1.5: a", "f:1:1: a key must be text"),
        ("=: a", "f:1:1: a key must be text"),
        (f'? "{"k" * (LONGEST_KEY + 1)}"\n: a', f"f:1:3: a key of more than {LONGEST_KEY} characters"),
        ('"a\\0": b', "f:1:1: a text with NUL"),
        ('a: "b\\0"', "f:1:4: a text with NUL"),
        ('a: "\\ud800"', "f:1:4: a text with NUL or with half of a character"),
        ("a: " + "1" * 5000, "f:1:4: a number of more than 100 characters"),
        ("a: " + "1:" * 5000 + "1", "f:1:4: a number of more than 100 characters"),
        ("a: 0b_", "f:1:4: '0b_' is no int"),
        ("a: !!int x", "f:1:4: 'x' is no int"),
        ("a: !!int ''", "f:1:4: '' is no int"),
        ("a: !!float x", "f:1:4: 'x' is no float"),
        ("a: !!bool x", "f:1:4: 'x' is no bool"),
        ("a: .nan", "f:1:4: '.nan' is not a finite number"),
        ("a: [1, -.inf]", "f:1:8: '-.inf' is not a finite number"),
        ("a: 1.0e+999", "f:1:4: '1.0e+999' is not a finite number"),
        ("a: !!binary aGk=", "f:1:4: the tag '!!binary' has no meaning here"),
        ("a: !!timestamp 2026-01-01", "f:1:4: the tag '!!timestamp' has no meaning here"),
        ("a: !!set {b}", "f:1:4: the tag '!!set' has no meaning here"),
        ("a: !!omap [b: c]", "f:1:4: the tag '!!omap' has no meaning here"),
        ("a: !!pairs [b: c]", "f:1:4: the tag '!!pairs' has no meaning here"),
        ("a: !!seq {}", "f:1:4: the tag '!!seq' has no meaning here"),
        ("a: !own b", "f:1:4: the tag '!own' has no meaning here"),
        ("!!python/object/apply:os.system ['true']", "f:1:1: the tag '!!python/object/apply:os.system' has no meaning"),
    ],
)
def test_what_json_could_not_say_is_refused_at_its_place(content: str, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parsed(content.encode("utf-8", errors="surrogatepass"), "f")
    assert message in str(raised.value)
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize("content", [b"a: \xff", b"a: \xed\xa0\x80"])
def test_what_is_not_utf8_is_refused(content: bytes) -> None:
    with pytest.raises(EdgeciError, match="f: cannot be read"):
        parsed(content, "f")
