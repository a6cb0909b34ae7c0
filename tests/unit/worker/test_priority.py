"""Engines give way to each other; the process itself does not."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from agent.engines.priority import at_niceness

pytestmark = [
    pytest.mark.unit,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no niceness for a thread"),
]


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_threads_started_by_the_work_inherit_its_niceness() -> None:
    own = niceness()

    def load() -> tuple[int, ThreadPoolExecutor]:
        executor = ThreadPoolExecutor(1)
        executor.submit(niceness).result()
        return niceness(), executor

    during, executor = at_niceness(3, load)
    with executor:
        assert executor.submit(niceness).result() == during == min(own + 3, 19)
    assert niceness() == own


def test_what_fails_there_fails_here() -> None:
    with pytest.raises(ValueError, match="damaged"):
        at_niceness(3, lambda: int("damaged"))


def test_without_a_niceness_nothing_changes_thread() -> None:
    assert at_niceness(0, threading.get_ident) == threading.get_ident()
