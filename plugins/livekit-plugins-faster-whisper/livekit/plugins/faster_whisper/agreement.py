"""When a recognised word may be committed. Standard library only.

A committed word is never taken back, so a policy trades delay against mistakes: committing at the
edge of the audio commits words that the next half second would have corrected.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

# Word ends from cross-attention are good to about this much (Whisper's encoder step is 20 ms, its
# attention smears over several).
TIME_TOLERANCE = 0.1


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

    One decode per step instead of the two that agreement needs. Words the model is unsure of wait
    ``unsure_hold`` seconds, or until the next hypothesis says them again, which also bounds the
    delay of words whose alignment is drawn to the end of the audio.
    """

    forces_prefix = True

    def __init__(
        self,
        *,
        hold: float = 0.3,
        unsure_hold: float = 1.0,
        sure: float = 0.6,
        agree_hold: float = 0.0,
    ) -> None:
        if hold < 0:
            raise ValueError(f"hold is a duration in seconds, got {hold}")
        self._hold = hold
        self._unsure_hold = unsure_hold
        self._sure = sure
        self._agree_hold = agree_hold
        self._earlier: Words = ()

    def decide(self, words: Words, *, audio_end: float) -> Decision:
        agreed = common_prefix(words, self._earlier)
        count = 0
        for index, word in enumerate(words[:-1]):
            hold = self._hold if word.probability >= self._sure else self._unsure_hold
            if index < agreed:
                hold = min(hold, self._agree_hold)
            if word.end > audio_end - hold:
                break
            count += 1
        self._earlier = words[count:]
        return Decision(words[:count], words[count:])

    def reset(self) -> None:
        self._earlier = ()


def common_prefix(first: Sequence[Word], second: Sequence[Word]) -> int:
    """How many leading words are the same, letter for letter."""
    count = 0
    for a, b in zip(first, second, strict=False):
        if a.text.strip() != b.text.strip():
            break
        count += 1
    return count


def after_committed(words: Words, committed: Sequence[Word], *, longest: int = 5) -> Words:
    """What a decode of the whole buffer says after the committed words.

    Words that begin before the last committed one ends are dropped, then the longest run of up to
    ``longest`` words at the head that repeats the committed words' tail (whisper_streaming's rule,
    against times that moved between two decodes).
    """
    if not committed:
        return words
    end = committed[-1].end
    new = tuple(word for word in words if word.start > end - TIME_TOLERANCE)
    for count in range(min(longest, len(new), len(committed)), 0, -1):
        if same_words(new[:count], committed[-count:]) and new[0].start < end + 1.0:
            return new[count:]
    return new


def same_words(first: Sequence[Word], second: Sequence[Word]) -> bool:
    """Equal but for case and punctuation."""
    return [bare(word.text) for word in first] == [bare(word.text) for word in second]


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
