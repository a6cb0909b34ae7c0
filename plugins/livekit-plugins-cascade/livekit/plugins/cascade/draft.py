"""The translation of one source sentence while it is still being said. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .continuation import going_on
from .guards import Echoes, echoes_of, guard, is_copy, kept_back, without_echo
from .hypothesis import Hypothesis, TranslationRequest
from .policy import (
    PolicyOptions,
    agree,
    at_pause,
    common_prefix,
    finish,
    longest,
    steady,
)
from .text import ends_sentence, is_unspaced, split_units
from .types import SentencePair, SourceSegment, Word

# At the end of a source they change no word of its translation; a question mark does.
_IDLE_MARKS = " .,;:…。，；："


@dataclass(frozen=True, slots=True)
class Commit:
    """Text to speak, and the media times of the source words it is taken to translate."""

    text: str
    source_start: float
    source_end: float
    source_words: int


@dataclass(frozen=True, slots=True)
class _Draft:
    """A hypothesis, and the source that it is of."""

    hypothesis: Hypothesis = Hypothesis("", complete=False)
    said: str = ""
    words: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.hypothesis.text

    @property
    def least_units(self) -> int:
        """How many it is taken to become at least: as many as its source has words while it is
        being written, and where it was cut."""
        return 1 if self.hypothesis.complete else len(self.words)


class OpenTranslation:
    """Hypotheses of one segment, and what has been committed of them.

    Args:
        context: finished sentences before it.
    """

    def __init__(
        self,
        segment_id: str,
        language: str,
        options: PolicyOptions,
        context: Sequence[SentencePair] = (),
    ) -> None:
        self.segment_id = segment_id
        self.committed = ""
        self._language = language
        self._options = options
        self._context = tuple(context)
        # What is said by the source of the hypothesis that is being written, and what that had to
        # begin with.
        self._writing = ""
        self._given = ""
        self._echoes = Echoes()
        self._latest = _Draft()
        self._previous = _Draft()
        # The one before that which is being written, until there is something of this.
        self._earlier: _Draft | None = None
        # Whether guards cut it: of a complete sentence they leave more than of a draft.
        self._cut = False
        self._kept_back = ""

    @property
    def tail(self) -> str:
        """What the latest hypothesis has beyond the committed text."""
        text = self._latest.text
        return text[len(self.committed) :] if text.startswith(self.committed) else ""

    @property
    def kept_back(self) -> str:
        """What guards took from the translation of the complete sentence."""
        return self._kept_back

    def request(self, snapshot: SourceSegment) -> TranslationRequest:
        """What to ask the translator for.

        In a pause and at the end of a sentence the whole translation: nothing comes for a while
        that would be drafted next, and what is left out is not spoken meanwhile.
        """
        whole = snapshot.paused or ends_sentence(snapshot.text, snapshot.language)
        return TranslationRequest(
            source=snapshot.text,
            committed=self.committed,
            previous="" if whole else self._latest.text,
            departure_units=self._options.solo_hold + self._expected_units(snapshot),
            context=self._context,
            final=snapshot.final,
            longest=longest(len(snapshot.words), self._options),
        )

    def _expected_units(self, snapshot: SourceSegment) -> int:
        """How many units the words that are new to the latest hypothesis may add to it.

        A draft that ends sooner falls behind a speaker who says more meanwhile.
        """
        new = self._new_words(_texts(snapshot))
        # Half of what would be implausible.
        return max(round(new * self._options.max_units_per_word / 2), 1)

    def _new_words(self, words: tuple[str, ...]) -> int:
        return len(words) - common_prefix(words, self._latest.words)

    def needs_hypothesis(self, snapshot: SourceSegment) -> bool:
        """Whether ``snapshot`` has enough words that are new, or other than the latest hypothesis
        has seen.

        One is enough where it ends the sentence: the next belongs to another, and comes after the
        time it takes to breathe.
        """
        ends = ends_sentence(snapshot.text, snapshot.language)
        ended = snapshot.final or (snapshot.paused and ends)
        if len(snapshot.words) < self._options.min_source_words and not ended:
            return False
        if snapshot.final or snapshot.paused:
            done = self._latest.hypothesis.complete and self._is_of(snapshot)
            return not done or (snapshot.final and self._cut)
        return self._new_words(_texts(snapshot)) >= (1 if ends else self._options.step_words)

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
        self._earlier = self._latest
        self._writing = _said(snapshot)
        self._given = self.committed
        self._echoes = echoes_of(snapshot, self._context, self._language)

    def update(self, snapshot: SourceSegment, hypothesis: Hypothesis) -> bool:
        """Take what there is of it, guarded against copies, loops, echoes, foreign scripts
        and excess.

        Returns:
            Whether it goes on from what is committed; nothing is taken of one that does not.
        """
        text = self._guarded(snapshot, hypothesis.text)
        if text is None:
            return False
        if self._earlier is not None:
            self._previous, self._earlier = self._earlier, None
        if self._copies(snapshot, text):
            text = self.committed
        self._cut = text != hypothesis.text
        if snapshot.final and hypothesis.complete:
            self._kept_back = kept_back(hypothesis.text, text, self._language)
        # Where pieces end is known of what the model wrote itself.
        token_ends = hypothesis.token_ends if hypothesis.text.startswith(text) else ()
        taken = Hypothesis(text, hypothesis.complete, token_ends)
        self._latest = _Draft(taken, _said(snapshot), _texts(snapshot))
        return True

    def _guarded(self, snapshot: SourceSegment, hypothesis: str) -> str | None:
        """What guards leave of it, as it goes on from what is committed; None if it does not.

        If it does not as it is, they have taken something of what it began with as it was written,
        which they take again.
        """
        text = going_on(hypothesis, self.committed, self._language)
        if text is not None:
            return self._without_faults(snapshot, text, spared=self.committed)
        text = going_on(hypothesis, self._given, self._language)
        if text is None:
            return None
        text = self._without_faults(snapshot, text, spared=self._given)
        return going_on(text, self.committed, self._language)

    def _without_faults(self, snapshot: SourceSegment, hypothesis: str, *, spared: str) -> str:
        source = _texts(snapshot)
        text = guard(
            hypothesis,
            committed=spared,
            source=source,
            source_language=snapshot.language,
            language=self._language,
            longest=longest(len(source), self._options),
            max_repeats=self._options.max_repeats,
            final=snapshot.final,
        )
        return without_echo(text, committed=spared, echoes=self._echoes, language=self._language)

    def _copies(self, snapshot: SourceSegment, text: str) -> bool:
        if snapshot.final or self._options.may_copy_source:
            return False
        continuation = text[len(self.committed) :]
        return is_copy(
            continuation,
            source=_texts(snapshot),
            source_language=snapshot.language,
            language=self._language,
        )

    def commit(self, snapshot: SourceSegment) -> Commit | None:
        """What can be spoken now that ``snapshot`` is known; all that is left if it is final."""
        words = snapshot.words
        text = self._final_text(snapshot) if snapshot.final else self._agreed(snapshot)
        if not (snapshot.final and self._latest.hypothesis.complete):
            text = self.whole_tokens(text)
        if not text:
            return None
        before = self._aligned(self.committed, words)
        self.committed += text
        finished = snapshot.final and self._latest.hypothesis.complete
        after = len(words) if finished else self._aligned(self.committed, words)
        first, last = words[min(before, len(words) - 1)], words[max(after, 1) - 1]
        return Commit(text, first.start, max(last.end, first.start), len(snapshot.committed))

    def whole_tokens(self, text: str) -> str:
        """``text``, which goes on from what is committed, up to where a token of the latest
        hypothesis ends, in an unspaced script.

        A model that has to begin with half a token goes on with what it has seen after such a
        half, which is another word. Between words of other scripts there always ends one.
        """
        ends = self._latest.hypothesis.token_ends
        if not ends or not is_unspaced(self._language):
            return text
        begin = len(self.committed)
        inside = [end - begin for end in ends if begin < end <= begin + len(text)]
        return text[: max(inside, default=0)]

    def _final_text(self, snapshot: SourceSegment) -> str:
        committed, text = self.committed, self._latest.text
        if self._latest.hypothesis.complete:
            return finish(
                committed=committed,
                hypothesis=text,
                source=snapshot.text,
                source_language=snapshot.language,
                language=self._language,
            )
        source = _texts(snapshot)
        return steady(
            committed=committed,
            hypothesis=text,
            source=source,
            source_language=snapshot.language,
            language=self._language,
        )

    def _agreed(self, snapshot: SourceSegment) -> str:
        latest = self._latest
        if snapshot.paused and latest.hypothesis.complete and self._is_of(snapshot):
            return at_pause(
                committed=self.committed,
                hypothesis=latest.text,
                source=snapshot.text,
                source_language=snapshot.language,
                language=self._language,
                options=self._options,
            )
        return agree(
            committed=self.committed,
            previous=self._comparable(),
            hypothesis=latest.text,
            support=self._support(snapshot),
            expected=latest.least_units,
            language=self._language,
            options=self._options,
        )

    def _is_of(self, snapshot: SourceSegment) -> bool:
        """Whether the latest hypothesis is of all that ``snapshot`` says, and of nothing else."""
        return _said(snapshot) == self._latest.said

    def _support(self, snapshot: SourceSegment) -> float:
        """The share of what the latest hypothesis is of that is committed by now.

        The recogniser may have taken back the rest, and the ``snapshot`` may say more.
        """
        committed = [word.text for word in snapshot.committed]
        words = self._latest.words
        return common_prefix(committed, words) / len(words) if words else 0.0

    def _comparable(self) -> str:
        """The hypothesis before the latest, which agreement takes to become as long; where that is
        of more words, some of which have been taken back, no more units of it than the latest has.
        """
        if len(self._previous.words) <= len(self._latest.words):
            return self._previous.text
        units = split_units(self._previous.text, self._language)
        count = len(split_units(self._latest.text, self._language))
        return "".join(units[: max(count, self._latest.least_units)])

    def _aligned(self, target: str, words: tuple[Word, ...]) -> int:
        """How many of ``words`` correspond to ``target``, a beginning of the hypothesis.

        Taken as monotone and proportional: good to a word or two, which is what latency needs.
        """
        total = max(
            len(split_units(self._latest.text, self._language)),
            len(split_units(self._comparable(), self._language)),
            self._latest.least_units,
        )
        share = min(len(split_units(target, self._language)) / total, 1.0)
        return min(math.ceil(share * len(self._latest.words)), len(words))


def _said(snapshot: SourceSegment) -> str:
    """Its text without the mark at the end that a recogniser sets late."""
    return snapshot.text.rstrip(_IDLE_MARKS)


def _texts(snapshot: SourceSegment) -> tuple[str, ...]:
    return tuple(word.text for word in snapshot.words)
