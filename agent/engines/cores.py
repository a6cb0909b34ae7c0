"""How many cores translation may use while the other engines of the process come and go."""

from collections.abc import Callable

# Beyond this a token waits for memory, not for cores.
_MOST = 8


class FreeCores:
    """The cores that no other local engine is using at the moment; at least one.

    Recognition and voices compute in bursts. A fixed number of threads for translation either
    leaves cores idle between the bursts or makes all of them wait for each other during one.
    """

    def __init__(self, cores: int) -> None:
        self._cores = cores
        self._others: list[tuple[Callable[[], bool], int]] = []

    def share_with(self, busy: Callable[[], bool], threads: int) -> None:
        """Leave ``threads`` cores to another engine whenever it says that it is busy."""
        self._others.append((busy, threads))

    def __call__(self) -> int:
        """Threads for the next pass; any thread."""
        taken = sum(threads for busy, threads in self._others if busy())
        return min(max(self._cores - taken, 1), _MOST)
