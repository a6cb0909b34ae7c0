"""How long a model has computed."""

import time
from collections.abc import Callable


class BusyTime:
    """Entered by the one thread that computes, whenever it does; read by any.

    Args:
        clock: seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Seconds so far and when the present work began; one object, so never half of a change.
        self._state: tuple[float, float | None] = 0.0, None

    def __enter__(self) -> None:
        self._state = self._state[0], self._clock()

    def __exit__(self, *_: object) -> None:
        self._state = self.seconds, None

    @property
    def now(self) -> bool:
        """Whether it computes now."""
        return self._state[1] is not None

    @property
    def seconds(self) -> float:
        """Seconds so far, those of work that is under way included."""
        before, began = self._state
        return before if began is None else before + self._clock() - began
