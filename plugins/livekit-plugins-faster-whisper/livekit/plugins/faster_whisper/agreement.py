"""When a recognised word may be committed. Standard library only.

A committed word is never taken back, so a policy trades delay against mistakes: committing at the
edge of the audio commits words that the next half second would have corrected.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word.

    Attributes:
        text: as the model writes it, with the space before it where the language has one.
        start, end: media time in seconds.
        probability: mean of its tokens', in [0, 1].
        tokens: the model's token ids, so that the word can be forced as a prefix later.
    """

    text: str
    start: float
    end: float
    probability: float = 1.0
    tokens: tuple[int, ...] = ()


Words = tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """``commit`` goes out for good, ``tail`` is what follows it and may change."""

    commit: Words
    tail: Words


class Policy(ABC):
    """Decides over successive hypotheses of the same utterance.

    ``forces_prefix`` says whether the committed words are given to the decoder as its prefix, so
    that a hypothesis holds only what follows them, or the whole buffer is decoded anew each time.
    """

    forces_prefix: bool

    @abstractmethod
    def decide(self, words: Words, *, audio_end: float) -> Decision:
        """Split a hypothesis.

        Args:
            words: what follows the committed words.
            audio_end: media time up to which the audio was decoded.
        """

    def reset(self) -> None:
        """Forget earlier hypotheses: a new utterance begins."""
        return


class LocalAgreement(Policy):
    """Commit what ``n`` successive hypotheses share (Liu et al. 2020, whisper_streaming)."""

    forces_prefix = False

    def __init__(self, n: int = 2) -> None:
        if n < 2:
            raise ValueError(f"LocalAgreement compares at least 2 hypotheses, got n={n}")
        self._n = n
        self._earlier: list[Words] = []

    def decide(self, words: Words, *, audio_end: float) -> Decision:
        agreed = 0
        if len(self._earlier) == self._n - 1:
            agreed = min((common_prefix(words, earlier) for earlier in self._earlier), default=0)
        self._earlier = [tail[agreed:] for tail in (*self._earlier, words)][-(self._n - 1) :]
        return Decision(words[:agreed], words[agreed:])

    def reset(self) -> None:
        self._earlier = []


class AlignedHoldBack(Policy):
    """Commit words that end ``hold`` seconds before the audio does; the last word always waits.

    One decode per step instead of the two that agreement needs. Words the model is unsure of (a
    probability below ``sure``) wait ``unsure_hold`` seconds, or ``unsure_agree_hold`` once the next
    hypothesis says them again. An utterance's first words wait until ``first`` seconds of it were
    heard: nothing before them says what they can be.
    """

    forces_prefix = True

    def __init__(
        self,
        *,
        hold: float = 0.3,
        agree_hold: float = 0.0,
        sure: float = 0.6,
        unsure_hold: float = 1.0,
        unsure_agree_hold: float = 0.0,
        first: float = 0.0,
    ) -> None:
        if hold < 0:
            raise ValueError(f"hold is a duration in seconds, got {hold}")
        self._holds = (hold, min(hold, agree_hold))
        self._unsure_holds = (unsure_hold, min(unsure_hold, unsure_agree_hold))
        self._sure = sure
        self._first = first
        self._earlier: Words = ()
        self._begun = False

    def decide(self, words: Words, *, audio_end: float) -> Decision:
        count = self._settled(words, audio_end)
        self._begun = self._begun or count > 0
        self._earlier = words[count:]
        return Decision(words[:count], words[count:])

    def _settled(self, words: Words, audio_end: float) -> int:
        if not words or (not self._begun and audio_end - words[0].start < self._first):
            return 0
        agreed = common_prefix(words, self._earlier)
        for index, word in enumerate(words[:-1]):
            holds = self._holds if word.probability >= self._sure else self._unsure_holds
            if word.end > audio_end - holds[index < agreed]:
                return index
        return len(words) - 1

    def reset(self) -> None:
        self._earlier = ()
        self._begun = False


def common_prefix(first: Sequence[Word], second: Sequence[Word]) -> int:
    """How many leading words are the same, letter for letter."""
    count = 0
    for a, b in zip(first, second, strict=False):
        if a.text.strip() != b.text.strip():
            break
        count += 1
    return count


def after_committed(words: Words, committed: Sequence[Word]) -> Words:
    """What a decode of the whole buffer says after the committed words.

    The cut is where the words before it are closest to the committed ones, in letters and in time:
    times move by several tenths of a second between two decodes, and a clause may be said twice.
    """
    if not committed:
        return words
    edits = _edits([bare(word.text) for word in committed], [bare(word.text) for word in words])
    costs = [edits[cut] + _gap(words, cut, committed[-1].end) for cut in range(len(words) + 1)]
    return words[costs.index(min(costs)) :]


def _edits(source: Sequence[str], target: Sequence[str]) -> list[int]:
    """Edit distances between ``source`` and each prefix of ``target``."""
    row = list(range(len(target) + 1))
    for deleted, text in enumerate(source, 1):
        diagonal, row[0] = row[0], deleted
        for column, other in enumerate(target, 1):
            best = min(diagonal + (text != other), row[column] + 1, row[column - 1] + 1)
            diagonal, row[column] = row[column], best
    return row


def _gap(words: Words, cut: int, time: float) -> float:
    """Seconds between ``time`` and the pause before ``words[cut]``."""
    earliest = words[cut - 1].end if cut else 0.0
    latest = words[cut].start if cut < len(words) else math.inf
    return max(earliest - time, time - latest, 0.0)


def bare(text: str) -> str:
    """A word without case, spaces and punctuation."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def monotone(words: Words, floor: float) -> Words:
    """Words whose times never run backwards and never begin before ``floor``."""
    result = []
    for word in words:
        start = max(word.start, floor)
        end = max(word.end, start)
        result.append(replace(word, start=start, end=end))
        floor = end
    return tuple(result)
