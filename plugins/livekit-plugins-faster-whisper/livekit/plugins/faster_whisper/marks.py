"""Marks that the decoder nearly wrote. Pure.

Greedy decoding goes on without a full stop wherever the next word is a little likelier, and text
without one, once it is the prefix, makes it go on in small letters for sentences more. The
probability that it gave to all marks together tells the ends of sentences from other places, most
of all where the speaker paused. A comma is set after a pause only: without one the next word is
as good a sign.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .agreement import Word, Words
from .utterances import Pause

SENTENCE_ENDS = (".", "?", "!", "。", "？", "！", "…", "؟", "۔")
MARKS = (".", "?", "!", ",", ";", ":", "。", "？", "！", "，", "、")

# Chosen on the recordings of tests/benchmarks/test_set_marks.py, which counts what they do there.
_PROBABLE_AFTER_PAUSE = 0.2
_PROBABLE_END = 0.3
# Alignment ends a word so much too late.
_LATE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class MarkChance:
    """The likeliest mark before a word, and the probability of any mark there, in [0, 1]."""

    token: int
    probability: float


def mark_chance(scores: Any, marks: Mapping[int, str]) -> MarkChance:
    """What the decoder gave to ``marks`` (token to text); ``scores`` are logits, (vocabulary,)."""
    likelihoods = np.exp(scores - np.max(scores))
    tokens = list(marks)
    of_marks = likelihoods[tokens]
    probability = float(of_marks.sum() / likelihoods.sum())
    return MarkChance(tokens[int(np.argmax(of_marks))], probability)


@dataclass(frozen=True, slots=True)
class MarkRestorer:
    """Sets the marks that are probable enough.

    Attributes:
        marks: token to text.
        capitalise: the word as it begins a sentence, with its tokens.
    """

    marks: Mapping[int, str]
    capitalise: Callable[[Word], Word]

    def restore(
        self,
        words: Words,
        before: Word | None,
        chances: Sequence[MarkChance],
        pauses: Sequence[Pause],
    ) -> Words:
        """The words with their marks.

        Args:
            words: what the decoder wrote.
            before: the word that it goes on from; it cannot change any more, so that its mark
                stands before the next word (". Ask").
            chances: of a mark before each of ``words``.
            pauses: in which nobody spoke.
        """
        restored: list[Word] = []
        for index, (word, chance) in enumerate(zip(words, chances, strict=True)):
            last = restored[-1] if restored else before
            following = word
            if last is not None and self._may_stand(last, word):
                paused = any(_is_between(last, word, pause) for pause in pauses)
                if self._is_probable(chance, paused=paused, at_end=index == len(words) - 1):
                    following = self._after(chance, last, word, late=not restored)
                    if restored:
                        restored[-1] = self._ended(last, chance)
            restored.append(following)
        return tuple(restored)

    def _may_stand(self, before: Word, word: Word) -> bool:
        """Whether a mark may stand between the words: they are two, and none stands there."""
        ends = (*before.tokens[-1:], *word.tokens[:1])
        parts = before.text[:1].isspace() and not word.text[:1].isspace()
        return len(ends) == 2 and not parts and not any(token in self.marks for token in ends)

    def _is_probable(self, chance: MarkChance, *, paused: bool, at_end: bool) -> bool:
        if paused:
            return chance.probability >= _PROBABLE_AFTER_PAUSE
        # Where the audio ends the decoder nearly ends the sentence, whether or not it does.
        ends_sentence = self.marks[chance.token] in SENTENCE_ENDS
        return ends_sentence and not at_end and chance.probability >= _PROBABLE_END

    def _ended(self, word: Word, chance: MarkChance) -> Word:
        text = word.text + self.marks[chance.token]
        return replace(word, text=text, tokens=(*word.tokens, chance.token))

    def _after(self, chance: MarkChance, before: Word, word: Word, *, late: bool) -> Word:
        """The word as it follows the mark; with the mark where ``before`` cannot take it."""
        mark = self.marks[chance.token]
        if mark in SENTENCE_ENDS:
            word = self.capitalise(word)
        if not late:
            return word
        shown = mark if is_unmarked(before) else ""
        return replace(word, text=shown + word.text, tokens=(chance.token, *word.tokens))


def is_unmarked(word: Word) -> bool:
    """Whether no mark is shown after the word."""
    return word.text.rstrip()[-1:].isalnum()


def _is_between(before: Word, word: Word, pause: Pause) -> bool:
    """Whether the pause is the one between the words; alignment gives it to either of them."""
    middle = (pause[0] + pause[1]) / 2
    return before.end - _LATE_SECONDS < middle < word.end
