"""How many cores translation may use while all else that computes comes and goes."""

import threading
import time
from collections.abc import Callable

import psutil

# Beyond this a token waits for memory, not for cores.
_MOST = 8
# Of a core that others use for less than this share of the time, translation may take the rest.
_LITTLE = 0.4
# Clocks of the kernel tick every hundredth of a second.
_SAMPLE_SECONDS = 0.5


class OtherProcesses:
    """How many cores' worth the machine's other processes have computed lately.

    A server, a browser or a neighbour in another container. Time that the host has taken from a
    virtual machine counts as theirs.

    Args:
        clock, busy, own: seconds that have passed, that all cores together have computed for, and
            this process of them.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        busy: Callable[[], float] | None = None,
        own: Callable[[], float] = time.process_time,
    ) -> None:
        self._clock = clock
        self._busy = busy or _busy_seconds
        self._own = own
        self._lock = threading.Lock()
        self._sample = self._measure()
        self._cores = 0.0

    def __call__(self) -> float:
        """Cores; any thread. Measured twice a second at most."""
        with self._lock:
            if self._clock() - self._sample[0] >= _SAMPLE_SECONDS:
                before, self._sample = self._sample, self._measure()
                passed, used = (now - then for now, then in zip(self._sample, before, strict=True))
                self._cores = max(used / passed, 0.0)
            return self._cores

    def _measure(self) -> tuple[float, float]:
        return self._clock(), self._busy() - self._own()


def _busy_seconds() -> float:
    times = psutil.cpu_times()
    # A guest's time is in that of its user.
    names = ("user", "nice", "system", "irq", "softirq", "interrupt", "dpc", "steal")
    return sum(float(getattr(times, name, 0.0)) for name in names)


class FreeCores:
    """The cores that nobody else is using at the moment; at least one.

    Recognition and voices compute in bursts. A fixed number of threads for translation either
    leaves cores idle between the bursts or makes all of them wait for each other during one. So
    does other work on the machine: threads of one pass wait for each other hundreds of times, and
    where two of them have one core between them, each waits for its time slice as often. In rooms
    beside it single tokens took a second instead of a twentieth.

    Args:
        cores: that this process may use.
        others: cores of the machine that other processes use.
        machine: cores that the machine has.
    """

    def __init__(
        self, cores: int, *, others: Callable[[], float] = lambda: 0.0, machine: int | None = None
    ) -> None:
        self._cores = cores
        self._others = others
        self._machine = machine or cores
        self._engines: list[tuple[Callable[[], bool], int]] = []

    def share_with(self, busy: Callable[[], bool], threads: int) -> None:
        """Leave ``threads`` cores to another engine whenever it says that it is busy."""
        self._engines.append((busy, threads))

    def __call__(self) -> int:
        """Threads for the next pass; any thread."""
        unused = int(self._machine - self._others() + _LITTLE)
        taken = sum(threads for busy, threads in self._engines if busy())
        return min(max(min(self._cores, unused) - taken, 1), _MOST)
