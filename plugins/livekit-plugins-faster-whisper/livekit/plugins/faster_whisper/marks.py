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

SENTENCE_ENDS = (".", "?", "!", "。", "？", "！", "…")
MARKS = (".", "?", "!", ",", ";", ":", "。", "？", "！", "，", "、")

# From media time to media time, nobody speaks.
Pause = tuple[float, float]

# Chosen on the recordings of tests/benchmarks/test_stt_marks.py, which counts what they do there.
_PROBABLE_AFTER_PAUSE = 0.1
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
        for word, chance in zip(words, chances, strict=True):
            last = restored[-1] if restored else before
            if last is None or not self._is_missing(chance, last, word, pauses):
                restored.append(word)
                continue
            mark = self.marks[chance.token]
            following = self.capitalise(word) if mark in SENTENCE_ENDS else word
            if restored:
                restored[-1] = replace(
                    last, text=last.text + mark, tokens=(*last.tokens, chance.token)
                )
            else:
                shown = mark if last.text.rstrip()[-1:].isalnum() else ""
                following = replace(
                    following,
                    text=shown + following.text,
                    tokens=(chance.token, *following.tokens),
                )
            restored.append(following)
        return tuple(restored)

    def _is_missing(
        self, chance: MarkChance, before: Word, word: Word, pauses: Sequence[Pause]
    ) -> bool:
        ends = (*before.tokens[-1:], *word.tokens[:1])
        if len(ends) < 2 or any(token in self.marks for token in ends):
            return False
        if any(_is_between(before, word, pause) for pause in pauses):
            return chance.probability >= _PROBABLE_AFTER_PAUSE
        return self.marks[chance.token] in SENTENCE_ENDS and chance.probability >= _PROBABLE_END


def _is_between(before: Word, word: Word, pause: Pause) -> bool:
    """Whether the pause is the one between the words; alignment gives it to either of them."""
    middle = (pause[0] + pause[1]) / 2
    return before.end - _LATE_SECONDS < middle < word.end
