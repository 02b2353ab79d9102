"""How progress is told: one line at a time; a line that begins with two spaces is a detail."""

from collections.abc import Callable

Say = Callable[[str], None]
