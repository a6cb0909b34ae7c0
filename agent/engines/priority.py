"""Who computes first when there are fewer cores than engines."""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def at_niceness(niceness: int, work: Callable[[], T]) -> T:
    """Run ``work`` on a thread that gives way to others, and wait for it.

    Threads that it starts, those of native libraries included, inherit the niceness and keep it.
    Only Linux has a niceness for each thread; elsewhere ``work`` runs as it would anyway.

    Args:
        niceness: 0 (as the rest of the process) to 19, added to the process's own.
    """
    if not niceness or not sys.platform.startswith("linux"):
        return work()

    def lower() -> None:
        thread = threading.get_native_id()
        own = os.getpriority(os.PRIO_PROCESS, thread)
        os.setpriority(os.PRIO_PROCESS, thread, min(own + niceness, 19))

    with ThreadPoolExecutor(1, thread_name_prefix="nice", initializer=lower) as thread:
        return thread.submit(work).result()
