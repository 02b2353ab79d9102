"""What llama.cpp complains of."""

import ctypes
from collections import deque
from functools import cache

ERROR = 4
"""ggml.h's GGML_LOG_LEVEL_ERROR, which llama_cpp does not export."""


class Complaints:
    """llama.cpp's last errors. It would print them, and everything else it has to say, on stderr."""

    def __init__(self) -> None:
        import llama_cpp

        self.lines: deque[str] = deque(maxlen=3)
        self.callback = llama_cpp.llama_log_callback(self.note)
        llama_cpp.llama_log_set(self.callback, ctypes.c_void_p(0))

    def note(self, level: int, text: bytes, data: object) -> None:
        if level == ERROR:
            self.lines.append(" ".join(text.decode("utf-8", errors="replace").split()))

    def told(self) -> str:
        return "; ".join(self.lines) or "llama.cpp says nothing"


@cache
def complaints() -> Complaints:
    """One a process, never dropped: llama.cpp keeps the address of its callback."""
    return Complaints()
