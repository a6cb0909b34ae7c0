"""Cutting the recogniser's endless words into source sentences. Pure.

A sentence ends at punctuation that a further word has confirmed, at an end of speech, after a
pause, at a clause mark when it is long, or by force when it grows too long. A pause alone does not
end one at once: speakers pause inside sentences more often than between them (RealSI: a fifth of
clause gaps are over 0.5 s). Nor does the full stop that a recogniser sets at a pause, where little
was said before it: when a small letter follows, the pause was a comma's.

A cut is always near the end: what was said long before it may have been translated and spoken, and
the next sentence would say it again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from .function_words import leans
from .text import (
    base_language,
    begun,
    breaks_word,
    ends_clause,
    ends_sentence,
    first_letter,
    in_units_of,
    is_unmarked,
    late_mark,
    leans_on_next,
    shows_beginning,
    strip_sentence_end,
    with_full_stop,
)
from .types import SourceSegment, Word


@dataclass(frozen=True, slots=True)
class SegmenterOptions:
    """Numbers of words count double in unspaced scripts, whose words are a character or two.

    Attributes:
        clause_words, clause_seconds: from here on a clause mark ends a sentence.
        max_words, max_seconds: a longer sentence is cut.
        grace_words, grace_seconds: how much longer one may be whose end is in sight, or of which
            nothing is ahead yet, so that its last words are not translated by themselves.
        spared_words: words at the end that a forced cut may leave to the next sentence because
            they lean on it; with more of them some would be translated, and said, twice.
        pause_seconds: an unfinished sentence is closed this long after the end of speech.
        sure_words: from here on a full stop at an end of speech ends a sentence at once.
    """

    clause_words: int = 18
    clause_seconds: float = 9.0
    max_words: int = 30
    max_seconds: float = 12.0
    grace_words: int = 4
    grace_seconds: float = 2.0
    spared_words: int = 2
    pause_seconds: float = 1.2
    sure_words: int = 8


def segmenter_options_for(source_language: str) -> SegmenterOptions:
    """Default cuts of a source language.

    Pieces of English translate as well by themselves as in their sentence, and the less there is to
    read again at each step, the sooner they are heard. Those of Spanish and French lose some 2
    points of chrF.
    """
    if base_language(source_language) == "en":
        return SegmenterOptions(clause_words=10, max_words=20)
    return SegmenterOptions()


class Segmenter:
    """Owns the words of the open sentence; every method returns snapshots to publish, in order.

    Args:
        options: None for the default of the language that each word comes in.
    """

    def __init__(
        self, *, new_segment_id: Callable[[], str], options: SegmenterOptions | None = None
    ) -> None:
        self._new_segment_id = new_segment_id
        self._options = options
        self._segment_id = ""
        self._words: tuple[Word, ...] = ()
        self._tail: tuple[Word, ...] = ()
        # How many words an open snapshot has shown: they may have been translated and spoken.
        self._shown = 0
        # After how many words the speaker paused.
        self._pauses: set[int] = set()
        # Whether the open sentence follows one that has ended, and was not cut before its end.
        self._begins = False

    @property
    def has_open_segment(self) -> bool:
        """Whether words are waiting for the end of their sentence, or some have been shown that
        the recogniser has taken back."""
        return bool(self._words or self._segment_id)

    def update(
        self,
        *,
        committed: Sequence[Word] = (),
        tail: Sequence[Word] | None = None,
        language: str,
        media_time: float,
        wall_time: float,
    ) -> list[SourceSegment]:
        """Take newly committed words and the current tail.

        Without a ``tail`` the committed words are taken to have been its beginning.

        Returns:
            Final snapshots of the sentences that this closed, then the open one if it has words.
        """
        if committed:
            self._set_late_mark(late_mark(committed[0].text))
        self._words += _without_late_mark(committed)
        self._tail = self._tail[len(committed) :] if tail is None else _without_late_mark(tail)
        snapshot = _Snapshot(language, media_time, wall_time)
        closed = []
        while (cut := self._cut(language)) is not None:
            closed.append(self._close(cut, snapshot))
        if (self._words or self._tail) and not self._awaits_tail(language):
            self._shown = len(self._words)
            tail = self._tail if self._words else self._begun(self._tail)
            closed.append(snapshot(self._id(), self._written(language), tail, final=False))
        return closed

    def end_of_speech(
        self, *, language: str, media_time: float, wall_time: float, force: bool = False
    ) -> list[SourceSegment]:
        """Speech has stopped: close a sentence that has surely ended; any one with ``force``.

        Returns:
            The sentence as it now stands, final or paused; nothing if none is open. A final one
            without words is one that was shown and never said.
        """
        self._tail = ()
        snapshot = _Snapshot(language, media_time, wall_time)
        if not self._words:
            return self._retract(snapshot) if force else []
        count = len(self._words)
        ended = ends_sentence(self._words[-1].text, language)
        if force or (ended and not self._may_be_pause(count, language)):
            return [self._close(count, snapshot)]
        self._pauses.add(count)
        self._shown = count
        return [snapshot(self._id(), self._written(language), (), final=False, paused=True)]

    def _retract(self, snapshot: "_Snapshot") -> list[SourceSegment]:
        if not self._segment_id:
            return []
        retracted = snapshot(self._segment_id, (), (), final=True)
        self._segment_id = ""
        return [retracted]

    def _set_late_mark(self, mark: str) -> None:
        """Add the mark to the last word, unless that has one or its sentence is closed."""
        if not mark or not self._words:
            return
        *before, last = self._words
        if is_unmarked(last.text):
            self._words = (*before, replace(last, text=f"{last.text}{mark}"))

    def _id(self) -> str:
        self._segment_id = self._segment_id or self._new_segment_id()
        return self._segment_id

    def _close(self, cut: int, snapshot: "_Snapshot") -> SourceSegment:
        closed = snapshot(self._id(), self._written(snapshot.language)[:cut], (), final=True)
        self._begins = ends_sentence(closed.words[-1].text, snapshot.language)
        self._words = self._words[cut:]
        self._shown = max(self._shown - cut, 0)
        self._pauses = {count - cut for count in self._pauses if count > cut}
        self._segment_id = ""
        return closed

    def _options_for(self, language: str) -> SegmenterOptions:
        return self._options or segmenter_options_for(language)

    def _cut(self, language: str) -> int | None:
        options = self._options_for(language)
        for index, word in enumerate(self._words, start=1):
            if not (index < len(self._words) or self._tail):
                break
            if ends_sentence(word.text, language) and not self._is_pause(index, language):
                return index
            long = self._reaches(index, options.clause_words, options.clause_seconds, language)
            if long and (ends_clause(word.text) or self._is_unmarked_end(index, language)):
                return index
        grace = self._may_end_soon(options.grace_words, language)
        if self._is_too_long(options, language, grace=grace):
            return self._forced_cut(options.spared_words, language)
        return None

    def _is_too_long(self, options: SegmenterOptions, language: str, *, grace: bool) -> bool:
        words, seconds, count = options.max_words, options.max_seconds, len(self._words)
        if grace:
            words, seconds = words + options.grace_words, seconds + options.grace_seconds
        return count >= 2 and self._reaches(count, words, seconds, language)

    def _may_end_soon(self, words: int, language: str) -> bool:
        """Whether the recogniser sees the sentence's end within so many words, or sees nothing
        ahead yet."""
        ahead = self._tail[: in_units_of(language, words)]
        return not ahead or any(ends_sentence(word.text, language) for word in ahead)

    def _awaits_tail(self, language: str) -> bool:
        """Whether the words are to be cut, which cannot be decided before the tail is known.

        It is told right after them, or else the end of speech is.
        """
        options = self._options_for(language)
        return not self._tail and self._is_too_long(options, language, grace=False)

    def _may_be_pause(self, count: int, language: str) -> bool:
        """Whether the full stop after so many words may be that of a pause.

        A recogniser that writes no capitals would not show that it was none.
        """
        sure = (self._options or SegmenterOptions()).sure_words
        capitals = first_letter(self._words[0].text).isupper()
        return capitals and count < sure and with_full_stop(self._words[count - 1].text, language)

    def _is_pause(self, count: int, language: str) -> bool:
        """Whether the sentence goes on after so many words, over a pause or a mark that says so."""
        goes_on = first_letter(self._following(count)).islower()
        return goes_on and (count in self._pauses or self._may_be_pause(count, language))

    def _is_unmarked_end(self, count: int, language: str) -> bool:
        """Whether after so many words speech ended without a mark and began again with a capital,
        as recognisers write what was said last before a pause and first after it."""
        return (
            count in self._pauses
            and is_unmarked(self._words[count - 1].text)
            and shows_beginning(self._following(count), language)
        )

    def _following(self, count: int) -> str:
        """The word after so many; empty where none was heard yet."""
        words = self._words[count : count + 1] or self._tail[:1]
        return words[0].text if words else ""

    def _written(self, language: str) -> tuple[Word, ...]:
        """The words as the translator reads them: with a capital where the sentence begins, and a
        comma where it goes on after a pause."""
        words = self._begun(self._words)
        return tuple(
            self._with_pause(word, count, language) for count, word in enumerate(words, start=1)
        )

    def _begun(self, words: tuple[Word, ...]) -> tuple[Word, ...]:
        """The words as they begin the open sentence: with a capital, since recognisers leave some
        small, and what is translated from such a sentence begins so too."""
        return begun(words) if self._begins else words

    def _with_pause(self, word: Word, count: int, language: str) -> Word:
        """The word that is the sentence's ``count``-th, with a comma if a pause follows it."""
        if self._is_unmarked_end(count, language):
            return replace(word, text=f"{word.text},")
        return _with_comma(word, language) if self._is_pause(count, language) else word

    def _reaches(self, count: int, words: int, seconds: float, language: str) -> bool:
        """Whether the first ``count`` words are that many or take that long."""
        lasts = self._words[count - 1].end - self._words[0].start
        return count >= in_units_of(language, words) or lasts >= seconds

    def _forced_cut(self, spared_words: int, language: str) -> int:
        """All words but those at the end that lean on what follows; all if too many do, or if
        they have been shown."""
        spared = in_units_of(language, spared_words)
        count = len(self._words)
        for index in range(count, max(count - spared, self._shown, 1) - 1, -1):
            last, first = self._words[index - 1].text, self._following(index)
            if not leans(last, language) and not breaks_word(last, first, language):
                return index
        return count


def _without_late_mark(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words, the first without a mark that belongs to the word before it."""
    if not words or not (mark := late_mark(words[0].text)):
        return tuple(words)
    return (replace(words[0], text=words[0].text.removeprefix(mark).lstrip()), *words[1:])


def _with_comma(word: Word, language: str) -> Word:
    if with_full_stop(word.text, language):
        return replace(word, text=f"{strip_sentence_end(word.text, language)},")
    if not is_unmarked(word.text) or leans_on_next(word.text, language):
        return word
    return replace(word, text=f"{word.text},")


@dataclass(frozen=True, slots=True)
class _Snapshot:
    language: str
    media_time: float
    wall_time: float

    def __call__(
        self,
        segment_id: str,
        words: tuple[Word, ...],
        tail: tuple[Word, ...],
        *,
        final: bool,
        paused: bool = False,
    ) -> SourceSegment:
        return SourceSegment(
            segment_id, self.language, words, tail, final, self.media_time, self.wall_time, paused
        )
