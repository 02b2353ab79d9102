"""Ways to damage an input: its bytes, or the tree that it stands for. Every choice comes from the dice."""

import copy
import json
import random
from collections.abc import Callable, Sequence
from typing import Any

import yaml

NUMBERS = (
    "0", "-1", "1e999", "1" * 5000, "-" + "9" * 20, "9" * 400, "0.1e-400", "1e-320", "18446744073709551616", "NaN",
    "Infinity", "true", "null", "3.5",
)  # fmt: skip
JSON_TOKENS = (
    *NUMBERS, '"\\ud800"', '"\\u0000"', '"\\ud83d\\ude00"', '""', '"' + "x" * 5000 + '"', '"../../etc/passwd"', "[]",
    "{}", "[" * 100_000, "[" * 40 + "]" * 40, '{"a":' * 100_000, '{"a": 1, "a": 2}', "[[1], [2, 3]]", "[null]",
    '"inf"', "[" + "1," * 300 + "1]",
)  # fmt: skip
YAML_TOKENS = (
    *NUMBERS, ".nan", ".inf", "-.inf", "1.0e+999", "0b_", "0x_", "1:1:1:1", "1" * 90, "2026-13-45", "2026-01-01",
    "2026-01-01T25:61:61Z", "!!binary aGk", "!!set {a, b}", "!!omap [a: 1]", "!!pairs [a: 1]", "!!timestamp x",
    "!!python/name:os.system ''", "!!python/object/apply:os.system ['true']", "!!int x", "!!int ''", "!!float ''",
    "!!bool x", "!!null x", "!!str 5", "!!seq {}", "!!map []", "!own x", "{<<: {a: 1}}", "{<<: 3}", "{<<: [3]}",
    "&m {<<: *m}", "{? [a, b] : c}", "{? {a: b} : c}", "{1: 2}", "{null: 1}", "{2026-01-01: 1}", "{true: 1}", "{=: 1}",
    '"\\0"', '"\\ud800"', '"\\UFFFFFFFF"', '"\\U00110000"', '"\\e[31m"', "x" * 5000, "''", "../../etc/passwd", "*a",
    "&a [*a]", "[" * 60 + "]" * 60, "[" * 5000, "[]", "{}", "~", "[null]", "[[1], [2, 3]]", "{a: 1, a: 2}",
    "[&b0 [x,x,x,x,x,x,x,x,x,x], " + ", ".join(f"&b{n + 1} [{','.join([f'*b{n}'] * 10)}]" for n in range(9)) + "]",
    "[" + "1," * 300 + "1]",
)  # fmt: skip
RAW = (
    b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r", b"\x85", b"\t", b"\n---\n", b"%YAML 1.1\n", b"#",
    b"\n" * 200, b"\\ud800", b"&a ", b"*a", b"? ", b"<<: ", b"- " * 60, b",", b":", b"{", b"[", b"]", b"}", b'"', b"'",
    b"9" * 5000, b"%TAG ! x\n", b"!!", b"|\n", b">+9\n", b"\xf0\x9f\x98\x80", b"PK\x05\x06", b"\x93NUMPY",
)  # fmt: skip
SLOT = "SLOTxx{}xx"
LONGEST = 2**20
"""Bytes of an input: what grows with its length is no finding."""
Dump = Callable[[Any], str]


def damaged(content: bytes, dice: random.Random) -> bytes:
    """One to four bytes, stretches or tokens put elsewhere, in, out or upside down."""
    changed = bytearray(content)
    for _ in range(dice.randrange(1, 5)):
        at = dice.randrange(len(changed) + 1)
        end = min(len(changed), at + dice.choice((1, 1, 4, 30)))
        match dice.randrange(6):
            case 0 if at < len(changed):
                changed[at] = dice.randrange(256)
            case 1 if at < len(changed):
                changed[at] ^= 1 << dice.randrange(8)
            case 2:
                del changed[at:end]
            case 3:
                changed[at:at] = changed[at:end] * dice.choice((1, 2, 50))
            case 4:
                del changed[at:]
            case _:
                changed[at:at] = dice.choice(RAW)
    return bytes(changed[:LONGEST])


def rewritten(tree: Any, tokens: Sequence[str], dump: Dump, dice: random.Random) -> bytes:
    """The tree with some of its values replaced by tokens, keys renamed, taken out or given twice; written down."""
    box = {"root": copy.deepcopy(tree)}
    slots: list[str] = []
    for _ in range(dice.choice((1, 1, 2, 3))):
        parent, key = dice.choice(list(places(box)))
        match dice.randrange(8):
            case 0 if parent is not box:
                del parent[key]
            case 1 if isinstance(parent, dict) and parent is not box:
                parent[dice.choice((f"{key}x", "", "x" * 3000, "<<", "a\0b"))] = parent[key]
            case 2:
                parent[key] = [parent[key]] * dice.choice((1, 2, 200))
            case 3:
                other, place = dice.choice(list(places(box)))
                parent[key] = copy.deepcopy(other[place])
            case _:
                slots.append(dice.choice(tokens))
                parent[key] = SLOT.format(len(slots) - 1)
    text = dump(box["root"])
    for number, token in enumerate(slots):
        name = SLOT.format(number)
        text = text.replace(f'"{name}"', token).replace(name, token)
    return text.encode("utf-8", errors="replace")[:LONGEST]


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) in a tree."""
    keys = node.keys() if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    return [place for key in keys for place in ((node, key), *places(node[key]))]


def as_yaml(tree: Any) -> str:
    return str(yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=10**9))


def as_json(tree: Any) -> str:
    return json.dumps(tree, ensure_ascii=False)
