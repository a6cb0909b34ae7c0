"""From voice activity to utterances: when speech began, ended, and was cut. Standard library only.

All times are media time in seconds.
"""

from collections import deque
from dataclasses import dataclass

# From media time to media time nobody speaks.
Pause = tuple[float, float]

# A shorter rest is inside a word: the closure of a plosive lasts up to .15 s.
_PAUSE_SECONDS = 0.18
_PAUSES = 64


@dataclass(slots=True)
class Utterance:
    """Speech from ``start`` (with its pre-roll) on; ``end`` is None while it lasts.

    ``speech_end`` is the end of the last window in which a voice was heard.
    """

    start: float
    speech_end: float
    end: float | None = None


class Endpointer:
    """Turns voice activity into a queue of utterances that never overlap.

    Args:
        pre_roll: audio kept before the first voiced window; a soft onset is part of the word.
        end_silence: silence that ends an utterance when the detector does not say so itself.
    """

    def __init__(self, *, pre_roll: float, end_silence: float) -> None:
        self._pre_roll = pre_roll
        self._end_silence = end_silence
        self._queue: deque[Utterance] = deque()
        self._floor = 0.0
        self._pauses: deque[Pause] = deque(maxlen=_PAUSES)
        self.heard_until = 0.0

    @property
    def current(self) -> Utterance | None:
        """The oldest utterance that is not finished with."""
        return self._queue[0] if self._queue else None

    @property
    def open(self) -> Utterance | None:
        """The utterance that is being spoken."""
        return self._queue[-1] if self._queue and self._queue[-1].end is None else None

    @property
    def keep_from(self) -> float:
        """Audio before this is never asked for again."""
        if self._queue:
            return self._queue[0].start
        return max(self.heard_until - self._pre_roll, self._floor)

    @property
    def pauses(self) -> tuple[Pause, ...]:
        """The last rests inside utterances, the oldest first.

        Those that end one are left out: the decoder is asked for a mark when it hears that end, and
        orators pause inside sentences.
        """
        return tuple(self._pauses)

    def finish_current(self) -> None:
        """Take the oldest utterance off the queue."""
        self._queue.popleft()

    def heard(self, until: float, *, speaking: bool, voiced: bool) -> None:
        """One window was judged: its end, the detector's state, and whether it held a voice."""
        utterance, silent_until = self.open, self.heard_until
        self.heard_until = max(self.heard_until, until)
        if utterance is None:
            if speaking and voiced:
                self._queue.append(Utterance(max(until - self._pre_roll, self._floor), until))
        elif voiced:
            if silent_until - utterance.speech_end >= _PAUSE_SECONDS:
                self._pauses.append((utterance.speech_end, silent_until))
            utterance.speech_end = until
        elif not speaking and until - utterance.speech_end >= self._end_silence:
            self._close(until)

    def speech_started(self, at: float, duration: float) -> None:
        """The detector is sure at ``at`` that speech began ``duration`` seconds before."""
        if self.open is None:
            start = max(at - duration - self._pre_roll, self._floor)
            self._queue.append(Utterance(start, at))

    def speech_ended(self, at: float) -> None:
        """The detector has heard enough silence."""
        if self.open is not None:
            self._close(at)

    def cut(self, at: float) -> None:
        """End the open utterance at ``at``, whatever is said next belongs to another one."""
        self.heard_until = max(self.heard_until, at)
        utterance = self.open
        if utterance is not None:
            utterance.speech_end = at
            self._close(at)
        self._floor = max(self._floor, at)

    def _close(self, at: float) -> None:
        self._queue[-1].end = at
        self._floor = max(self._floor, at)
