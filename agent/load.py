"""How busy this process is, which decides whether it takes another room."""

import math
import os
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

# Speech comes in turns: a few busy seconds are no full machine.
_WINDOW_SECONDS = 20.0
_PROCESSOR = "the processor"
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


class Load(NamedTuple):
    """How much of the last seconds was used, 0 to 1, of what was used most."""

    share: float
    of: str


class LoadMeter:
    """How near this process is to its limit: the cores', or that of the engine nearest to its own.

    Only this process's use of the cores counts: a busy neighbour alone is no reason to turn a room
    away, and once it makes the engines late they show it themselves.

    An engine that works on a single thread is at its limit when that thread no longer rests, which
    on many cores is a small share of them, and none at all on a GPU. From then on each further room
    makes all of them later. Below the limit it rests even if the machine is slow and only one
    person talks: a recogniser leaves out steps that it has no time for, and a voice has only the
    speech of that one to say.

    Args:
        busy_seconds: how long each such engine has computed so far, by name.
        cores: how many it may use, those of :func:`processor_share` unless given.
        clock, used: seconds that have passed, and that this process has computed for.
    """

    def __init__(
        self,
        busy_seconds: Callable[[], Mapping[str, float]] = dict,
        cores: float | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        used: Callable[[], float] = time.process_time,
    ) -> None:
        self._busy_seconds = busy_seconds
        self._cores = cores or processor_share()
        self._clock = clock
        self._used = used
        self._lock = threading.Lock()
        self._samples = defaultdict[str, deque[tuple[float, float]]](deque)
        self()

    def __call__(self) -> Load:
        """Measure; any thread."""
        with self._lock:
            now = self._clock()
            totals = {_PROCESSOR: self._used() / self._cores, **self._busy_seconds()}
            for name, total in totals.items():
                self._samples[name].append((now, total))
            return _most_used(self._samples)


def _most_used(samples: Mapping[str, deque[tuple[float, float]]]) -> Load:
    """What most of the last seconds was used of; samples by name, as :func:`share` takes them."""
    return max(Load(share(taken), name) for name, taken in samples.items())


def share(samples: deque[tuple[float, float]], cores: int = 1) -> float:
    """Share of ``cores`` used between the samples (wall time, seconds used) of the last seconds.

    Older samples are removed, but for one that the window begins with. A process that has just
    started counts as idle before its first sample: a few busy milliseconds are no full machine.
    """
    newest_wall, newest_used = samples[-1]
    while len(samples) > 2 and samples[1][0] <= newest_wall - _WINDOW_SECONDS:
        samples.popleft()
    wall, used = newest_wall - samples[0][0], newest_used - samples[0][1]
    return min(max(used / (max(wall, _WINDOW_SECONDS) * cores), 0.0), 1.0)


def available_cores(quota: Path = _QUOTA) -> int:
    """Cores that this process can keep busy at once, for a number of threads.

    Args:
        quota: see :func:`processor_share`.
    """
    return math.ceil(processor_share(quota))


def processor_share(quota: Path = _QUOTA) -> float:
    """Cores that this process may run on, of which a container's limit may allow a fraction.

    Args:
        quota: the limit of control groups v2: microseconds in each period, or ``max``.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    cores = float((len(affinity(0)) if affinity else os.cpu_count()) or 1)
    try:
        allowed, period = quota.read_text().split()
    except (OSError, ValueError):
        return cores
    return cores if allowed == "max" else min(cores, int(allowed) / int(period))
