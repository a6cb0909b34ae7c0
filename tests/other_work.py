"""Work that is none of ours, beside what is measured."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# In pieces of ten milliseconds, as servers and audio are.
_BUSY = """
import os, sys, time
share, parent = float(sys.argv[1]), os.getppid()
# However the test ends, nothing goes on computing beside the next.
while os.getppid() == parent:
    began = time.perf_counter()
    while time.perf_counter() - began < 0.01 * share:
        pass
    time.sleep(0.01 * (1 - share))
"""


@contextmanager
def other_work(share: float) -> Iterator[None]:
    """Beside a process that computes for so much of the time."""
    if not share:
        yield
        return
    process = subprocess.Popen([sys.executable, "-c", _BUSY, str(share)])
    try:
        yield
    finally:
        process.kill()
        process.wait()
