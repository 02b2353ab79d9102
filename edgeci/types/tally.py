"""How many gates were passed and how many failures were waived: counted apart, and said alike wherever it is said."""

from collections.abc import Sequence

from edgeci.types.verdict import Verdict


def tally(verdicts: Sequence[Verdict]) -> str:
    """`passed all 3 gates`, or `passed 1 of 3 gates, 2 failures waived`: a waived failure did not pass."""
    passed = sum(verdict.outcome == "passed" for verdict in verdicts)
    count = waived_text(verdicts)
    return f"{passed_text(passed, len(verdicts))}, {count}" if count else passed_text(passed, len(verdicts))


def passed_text(passed: int, gates: int) -> str:
    if passed < gates:
        return f"passed {passed} of {gates} gates"
    return "passed the only gate" if gates == 1 else f"passed all {gates} gates"


def waived_text(verdicts: Sequence[Verdict]) -> str:
    """`2 failures waived`; nothing where there is none."""
    count = sum(verdict.waiver is not None for verdict in verdicts)
    return f"{count} {'failure' if count == 1 else 'failures'} waived" if count else ""
