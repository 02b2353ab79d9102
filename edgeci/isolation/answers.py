"""Read what a worker answered: a regular file of bounded size with a value or one of edgeci's errors in it."""

import json
from pathlib import Path

from edgeci.accidents import LONGEST_TEXT
from edgeci.errors import BY_NAME, BackendFailed, EdgeciError
from edgeci.regular_files import read

LARGEST_BYTES = 256 * 2**20
"""Raw samples of every item are the most that a task has to say."""
LONGEST_MESSAGE = 8192


def read_answer(path: Path, most_bytes: int, last_words: str) -> object:
    """The value in an answer.

    Raises:
        EdgeciError: what the task raised, as the same class or its nearest ancestor that edgeci knows.
        BackendFailed: a link, a FIFO, more bytes than that, no JSON, nested without end, or no answer at all.
    """
    try:
        content = json.loads(read(path, most_bytes))
    except (EdgeciError, OSError, ValueError, RecursionError) as problem:
        text = str(problem).replace(f"{path}: ", "")[:LONGEST_TEXT]
        raise BackendFailed(f"unreadable answer ({text}){last_words}") from problem
    match content:
        case {"value": value}:
            return value
        case {"error": str(name), "message": str(message)} if name in BY_NAME:
            raise BY_NAME[name](message[:LONGEST_MESSAGE].encode(errors="replace").decode())
    raise BackendFailed(f"unreadable answer (neither a value nor an error){last_words}")
