"""A signal waits while it would do harm, and comes then."""

import signal
import threading

import pytest

from edgeci.isolation.signals import ENDING, undisturbed


def test_an_interruption_comes_at_the_end_of_what_must_not_be_interrupted() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt):
        with undisturbed():
            signal.raise_signal(signal.SIGINT)
            done.append("the whole block")
        done.append("what comes after it")
    assert done == ["the whole block"]


def test_handlers_are_as_they_were() -> None:
    before = [signal.getsignal(number) for number in ENDING]
    with undisturbed():
        assert [signal.getsignal(number) for number in ENDING] != before
    assert [signal.getsignal(number) for number in ENDING] == before


def test_a_thread_that_gets_no_signals_goes_on() -> None:
    done = []

    def start() -> None:
        with undisturbed():
            done.append("started")

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert done == ["started"]
