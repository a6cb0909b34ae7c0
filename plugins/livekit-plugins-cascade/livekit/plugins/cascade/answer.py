"""What a model has said so far in answer to one request, and what it is worth. Pure."""

from collections.abc import Sequence

from .announcement import after_announcement, may_announce
from .hypothesis import Hypothesis, TranslationRequest
from .policy import common_prefix
from .refusal import may_refuse, will_seem_to_refuse
from .text import glues_words, is_unspaced, normalise_unit, split_units


class Answer:
    """Grows by what the model says. Its first line counts, an announcement of it does not.

    Args:
        language: of the translation.
    """

    def __init__(self, request: TranslationRequest, language: str) -> None:
        self._request = request
        self._language = language
        self._said = ""
        self._ends: list[int] = []
        self._body = ""
        self._continuation = ""

    def add(self, said: str) -> None:
        """Take in what the model says next: one token, where it tells each."""
        request = self._request
        self._said += said
        self._ends.append(len(self._said))
        # A continuation has nothing to announce.
        source = request.source
        body = self._said if request.committed else after_announcement(self._said, source=source)
        self._body = body.strip("\n")
        line = self._body.split("\n")[0] if self._body.strip() else ""
        if request.committed:
            self._continuation = _without_restart(line, request.committed, self._language)
        else:
            self._continuation = line.strip()

    @property
    def has_ended(self) -> bool:
        """Whether what follows is no part of the translation."""
        return "\n" in self._body

    @property
    def may_be_none(self) -> bool:
        """Whether this may turn out to be no translation."""
        text, source = self._text, self._request.source
        return not text or may_refuse(text, source=source) or may_announce(text, source=source)

    @property
    def is_no_draft(self) -> bool:
        """Whether nothing can be taken of it before the sentence is complete, however it goes on: a
        model takes longer to decline than to translate the first words of a sentence."""
        return not self._request.final and will_seem_to_refuse(
            self._text, source=self._request.source
        )

    @property
    def is_too_long(self) -> bool:
        """A model that goes round in circles stops only at its last token."""
        longest = self._request.longest
        return longest is not None and (
            len(split_units(self._request.committed + self._body, self._language)) > longest
        )

    @property
    def is_enough(self) -> bool:
        """Whether a draft has gone past its departure from the one before it as far as wanted."""
        request = self._request
        if request.final or not request.previous:
            return False
        before = split_units(request.previous[len(request.committed) :], self._language)
        now = split_units(self._body, self._language)
        # The last unit may still be growing, so it counts neither as shared nor as departed.
        departed = len(now) - 1 - common_prefix(before, now[:-1])
        return departed >= request.departure_units

    @property
    def may_start_over(self) -> bool:
        """Whether so far it says what is committed, which may or may not go on."""
        said = split_units(self._request.committed, self._language)
        units = split_units(self._said, self._language)
        return bool(said) and _same(units[:-1], said[: len(units) - 1], at_least=0)

    def hypothesis(self, *, complete: bool) -> Hypothesis:
        """The translation so far."""
        committed, text = self._request.committed, self._text
        shift = len(committed) - max(self._said.find(self._continuation), 0)
        inside = (end + shift for end in self._ends)
        token_ends = tuple(end for end in inside if len(committed) < end <= len(text))
        return Hypothesis(text, complete, token_ends)

    @property
    def _text(self) -> str:
        return self._request.committed + self._continuation


def _without_restart(answer: str, committed: str, language: str) -> str:
    """``answer`` less a repetition of ``committed`` at its beginning, if it starts over; with a
    space before it where one is missing.

    Models that go on write the space before the next word. Servers that answer anew begin without.
    """
    said = split_units(committed, language)
    units = split_units(answer, language)
    anew = not is_unspaced(language) and not answer[:1].isspace()
    if _same(units[: len(said)], said, at_least=1 if anew else 2):
        return "".join(units[len(said) :])
    glued = anew and glues_words(committed, answer, language)
    return (" " if glued else "") + answer.rstrip()


def _same(first: Sequence[str], second: Sequence[str], *, at_least: int) -> bool:
    return len(first) >= at_least and list(map(normalise_unit, first)) == list(
        map(normalise_unit, second)
    )
