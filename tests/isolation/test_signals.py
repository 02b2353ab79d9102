"""A signal waits while it would do harm, and comes then."""

import subprocess
import sys
import threading

from edgeci.isolation.signals import undisturbed

INTERRUPTED = """
import signal
from edgeci.isolation.signals import ENDING, undisturbed

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs start with it ignored
before = [signal.getsignal(number) for number in ENDING]
try:
    with undisturbed():
        assert [signal.getsignal(number) for number in ENDING] != before
        signal.raise_signal(signal.SIGINT)
        print("the whole block")
    print("what comes after it")
except KeyboardInterrupt:
    print("interrupted")
print([signal.getsignal(number) for number in ENDING] == before)
"""


def test_an_interruption_comes_at_the_end_of_what_must_not_be_interrupted() -> None:
    """In a process of its own: a framework that another test imported may have taken this one's signals."""
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["the whole block", "interrupted", "True"]


def test_a_thread_that_gets_no_signals_goes_on() -> None:
    done = []

    def start() -> None:
        with undisturbed():
            done.append("started")

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert done == ["started"]
