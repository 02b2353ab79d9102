"""Which machine this is, and since when it runs, as far as it says so."""

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path

from edgeci.hardware.apple import sysctl
from edgeci.hardware.facts import HERE, facts
from edgeci.types import Fact, Origin

LASTING = (
    "architecture",
    "board",
    "cpu",
    "cpu_features",
    "cpus",
    "cpu_limit",
    "memory_limit_mb",
    "governor",
    "turbo",
    "smt",
    "virtual_machine",
    "container",
)
"""The facts that make it the same kind of machine tomorrow."""


def fingerprint(known: Iterable[Fact]) -> str:
    lasting = {fact.name: fact.value for fact in known if fact.name in LASTING}
    return hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()[:16]


def boot(root: Path = HERE) -> str:
    """A digest that changes with every start of the system; empty where it does not tell (proc(5), sysctl(3))."""
    identity = root / "proc/sys/kernel/random/boot_id"
    try:
        return shortened(identity.read_text())
    except OSError:
        on_a_mac = re.search(r"^kern\.bootsessionuuid: (.+)$", sysctl(root), re.MULTILINE)
        return shortened(on_a_mac[1]) if on_a_mac else ""


def origin(workspace: Path, run: str) -> Origin:
    """Of every record that is made in this folder now. Paths and identities are told by digests: records travel."""
    return Origin(machine=fingerprint(facts()), boot=boot(), run=run, workspace=shortened(str(workspace.resolve())))


def shortened(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:16]
