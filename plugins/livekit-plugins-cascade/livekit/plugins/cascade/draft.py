"""The translation of one source sentence while it is still being said. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .policy import (
    PolicyOptions,
    agree,
    at_pause,
    common_prefix,
    finish,
    guard,
    is_copy,
    longest,
    says_the_same,
    steady,
)
from .text import is_unspaced, split_units
from .translator import Hypothesis, TranslationRequest
from .types import SentencePair, SourceSegment, Word, join_words


_IDLE_MARKS = " .,;:…。，；："


@dataclass(frozen=True, slots=True)
class Commit:
    """Text to speak, and the media times of the source words it is taken to translate."""

    text: str
    source_start: float
    source_end: float
    source_words: int


class OpenTranslation:
    """Hypotheses of one segment, and what has been committed of them.

    A recogniser may miss a full stop, and a translator that has brought the first of two sentences
    to its end may go no further, however much of the second there is. The first is then settled:
    hypotheses are of what follows it, the *open* words.
    """

    def __init__(self, segment_id: str, language: str, options: PolicyOptions) -> None:
        self.segment_id = segment_id
        self._language = language
        self._options = options
        self._writing = ""
        # What the latest hypothesis is of.
        self._said = ""
        self._words: tuple[str, ...] = ()
        self._settled = ""
        self._settled_words = 0
        # Of the open words, as are the hypotheses.
        self._committed = ""
        self._previous = ""
        self._hypothesis = Hypothesis("", complete=False)
        # The last hypothesis that came to an end of its own, and of how many words it was at first.
        self._ended = ""
        self._ended_words = 0

    @property
    def committed(self) -> str:
        """Target text of the whole segment that is spoken and will not change."""
        return self._settled + self._committed

    @property
    def tail(self) -> str:
        """What the latest hypothesis has beyond the committed text."""
        text = self._hypothesis.text
        return text[len(self._committed) :] if text.startswith(self._committed) else ""

    def request(
        self, snapshot: SourceSegment, context: Sequence[SentencePair]
    ) -> TranslationRequest:
        """What to ask the translator for; ``context`` is of the segments before."""
        done, words = snapshot.words[: self._settled_words], self._open_words(snapshot)
        settled = [SentencePair(join_words(done, snapshot.language), self._settled.strip())]
        return TranslationRequest(
            source=join_words(words, snapshot.language),
            committed=self._committed,
            previous="" if snapshot.paused else self._hypothesis.text,
            departure_units=self._options.solo_hold + 1,
            context=(*context, *(settled if done else ())),
            final=snapshot.final,
            longest=longest(len(words), self._options),
        )

    def needs_hypothesis(self, snapshot: SourceSegment) -> bool:
        """Whether ``snapshot`` has enough words that are new, or other than the latest hypothesis
        has seen."""
        open_words = len(self._open_words(snapshot))
        if open_words < (1 if snapshot.final else self._options.min_source_words):
            return False
        if snapshot.final or snapshot.paused:
            return not (self._hypothesis.complete and _said(snapshot) == self._said)
        words = _texts(snapshot)
        return len(words) - common_prefix(words, self._words) >= self._options.step_words

    def is_overtaken_by(self, snapshot: SourceSegment) -> bool:
        """Whether the hypothesis that is being written is worth less than one of ``snapshot``.

        It is when the speaker has ended or pauses after other words, since then a hypothesis is
        committed whole.
        """
        if snapshot.segment_id != self.segment_id or not (snapshot.final or snapshot.paused):
            return False
        return _said(snapshot) != self._writing

    def begin(self, snapshot: SourceSegment) -> None:
        """A hypothesis of ``snapshot`` is being written; agreement is with the one before it."""
        if self._hypothesis.complete and not self._says_what_ended():
            self._ended, self._ended_words = self._hypothesis.text, len(self._words)
        self._previous = self._hypothesis.text
        self._writing = _said(snapshot)

    def update(self, snapshot: SourceSegment, hypothesis: Hypothesis) -> None:
        """Take what there is of it, guarded against copies, loops, foreign scripts and excess."""
        self._said, self._words = _said(snapshot), _texts(snapshot)
        source = self._words[self._settled_words :]
        text = guard(
            hypothesis.text,
            committed=self._committed,
            source=source,
            language=self._language,
            options=self._options,
        )
        continuation = text[len(self._committed) :]
        if not snapshot.final and is_copy(continuation, source=source, language=self._language):
            text = self._committed
        self._hypothesis = Hypothesis(text, hypothesis.complete)

    def settle(self, snapshot: SourceSegment) -> Commit | None:
        """Commit a hypothesis that says no more than an earlier one of fewer words, whole.

        Then the words that the earlier one did not have are open. None where nothing is left out,
        or not enough to be sure of it.
        """
        if not self._leaves_out_words(snapshot):
            return None
        separator = "" if is_unspaced(self._language) else " "
        text = self._hypothesis.text[len(self._committed) :].rstrip() + separator
        first = snapshot.words[self._settled_words]
        self._settled = self.committed + text
        self._settled_words = self._ended_words
        self._words = self._words[: self._ended_words]
        self._committed = self._previous = self._ended = ""
        self._hypothesis = Hypothesis("", complete=False)
        last = snapshot.words[self._settled_words - 1]
        return Commit(text, first.start, last.end, len(snapshot.committed))

    def _leaves_out_words(self, snapshot: SourceSegment) -> bool:
        least = self._options.min_source_words * (1 if snapshot.final else 2)
        return (
            self._hypothesis.complete
            and self._settled_words < self._ended_words <= len(snapshot.committed)
            and len(self._words) - self._ended_words >= least
            and self._says_what_ended()
        )

    def _says_what_ended(self) -> bool:
        return says_the_same(self._hypothesis.text, self._ended, self._language)

    def _open_words(self, snapshot: SourceSegment) -> tuple[Word, ...]:
        return snapshot.words[self._settled_words :]

    def commit(self, snapshot: SourceSegment) -> Commit | None:
        """What can be spoken now that ``snapshot`` is known; all that is left if it is final."""
        words = self._open_words(snapshot)
        text = self._final_text(snapshot) if snapshot.final else self._agreed(snapshot)
        if not text:
            return None
        before = self._aligned(self._committed, words)
        self._committed += text
        finished = snapshot.final and self._hypothesis.complete
        after = len(words) if finished else self._aligned(self._committed, words)
        first, last = words[min(before, len(words) - 1)], words[max(after, 1) - 1]
        return Commit(text, first.start, max(last.end, first.start), len(snapshot.committed))

    def _final_text(self, snapshot: SourceSegment) -> str:
        committed, text = self._committed, self._hypothesis.text
        if self._hypothesis.complete:
            return finish(committed=committed, hypothesis=text, source=snapshot.text)
        source = _texts(snapshot)[self._settled_words :]
        return steady(committed=committed, hypothesis=text, source=source, language=self._language)

    def _agreed(self, snapshot: SourceSegment) -> str:
        if snapshot.paused and self._hypothesis.complete:
            return at_pause(
                committed=self._committed,
                hypothesis=self._hypothesis.text,
                language=self._language,
                options=self._options,
            )
        known = len(snapshot.committed) - self._settled_words
        return agree(
            committed=self._committed,
            previous=self._previous,
            hypothesis=self._hypothesis.text,
            support=known / max(len(self._open_words(snapshot)), 1),
            language=self._language,
            options=self._options,
        )

    def _aligned(self, target: str, words: tuple[Word, ...]) -> int:
        """How many of ``words`` ``target``, a beginning of the hypothesis, corresponds to.

        Taken as monotone and proportional: good to a word or two, which is what latency needs.
        What is still being written is taken to become as long as its source at least.
        """
        total = max(
            len(split_units(self._hypothesis.text, self._language)),
            len(split_units(self._previous, self._language)),
            1 if self._hypothesis.complete else len(words),
        )
        share = min(len(split_units(target, self._language)) / total, 1.0)
        return math.ceil(share * len(words))


def _said(snapshot: SourceSegment) -> str:
    """Its text without a mark at the end that no translation depends on (a question mark is not
    one): a recogniser sets it late, and the words need not be translated again for it."""
    return snapshot.text.rstrip(_IDLE_MARKS)


def _texts(snapshot: SourceSegment) -> tuple[str, ...]:
    return tuple(word.text for word in snapshot.words)
