"""How busy this process is, which decides whether it takes another room."""

import math
import os
import threading
import time
from collections import deque
from pathlib import Path

# Speech comes in turns: a few busy seconds are no full machine.
_WINDOW_SECONDS = 20.0


class LoadMeter:
    """Share of the machine's cores that this process used over the last seconds, 0 to 1.

    Only this process counts: what else runs on the machine slows the engines down, and so shows
    in their own use of the cores once it matters, while a busy neighbour alone is no reason to
    turn a room away.
    """

    def __init__(self, cores: int | None = None) -> None:
        self._cores = cores or available_cores()
        self._lock = threading.Lock()
        self._samples: deque[tuple[float, float]] = deque()
        self()

    def __call__(self) -> float:
        """Measure; any thread."""
        with self._lock:
            self._samples.append((time.monotonic(), time.process_time()))
            return share(self._samples, self._cores)


def share(samples: deque[tuple[float, float]], cores: int) -> float:
    """Share of ``cores`` used between the samples (wall time, CPU time) of the last seconds.

    Older samples are removed, but for one that the window begins with. A process that has just
    started counts as idle before its first sample: a few busy milliseconds are no full machine.
    """
    newest_wall, newest_cpu = samples[-1]
    while len(samples) > 2 and samples[1][0] <= newest_wall - _WINDOW_SECONDS:
        samples.popleft()
    wall, cpu = newest_wall - samples[0][0], newest_cpu - samples[0][1]
    return min(max(cpu / (max(wall, _WINDOW_SECONDS) * cores), 0.0), 1.0)


def available_cores(quota: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """Cores that this process may run on, and a container's limit allows it to use.

    Args:
        quota: the limit of control groups v2: microseconds in each period, or ``max``.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    cores = (len(affinity(0)) if affinity else os.cpu_count()) or 1
    try:
        allowed, period = quota.read_text().split()
    except (OSError, ValueError):
        return cores
    return cores if allowed == "max" else min(cores, math.ceil(int(allowed) / int(period)))
