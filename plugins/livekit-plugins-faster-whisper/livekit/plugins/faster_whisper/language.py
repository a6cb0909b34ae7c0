"""The language of a stream: given, or detected at the beginning of each utterance."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from livekit.agents import LanguageCode

from faster_whisper.tokenizer import _LANGUAGE_CODES

from .decoding import Hypothesis

# Whisper's codes where they differ from the ISO 639-1 codes of LanguageCode.
_WHISPER_CODES = {"nb": "no", "jv": "jw", "fil": "tl", "iw": "he"}

# A single look at the first second is often wrong, and accents flip it back and forth. How often
# Whisper base is sure of a wrong one is measured by tests/benchmarks/test_spoken_language.py.
_SURE_PROBABILITY = 0.9
_SURE_SECONDS = 1.5
_LONGEST_SECONDS = 3.0
# What was spoken before is expected to go on.
_GOES_ON_SECONDS = 0.8


def whisper_code(language: str, supported: frozenset[str]) -> str:
    """Whisper's code for a BCP-47 language.

    Raises:
        ValueError: the model does not know the language; lists those it knows.
    """
    base = language.split("-")[0].lower()
    code = _WHISPER_CODES.get(base, base)
    if code not in supported:
        known = ", ".join(sorted(supported))
        raise ValueError(
            f"language {language!r} is not one the model recognises. It knows: {known}"
        )
    return code


def check_language(language: str) -> str:
    """Whisper's code for ``language`` (BCP-47). Needs no model; an English-only one knows fewer.

    Raises:
        ValueError: no Whisper model knows the language; lists those that are known.
    """
    return whisper_code(LanguageCode(language), frozenset(_LANGUAGE_CODES))


class SpokenLanguage:
    """Which language is spoken: given, or found out at the beginning of each utterance.

    Args:
        tags: the languages that may be spoken, Whisper's code and BCP-47. One is given; of none it
            may be any that the model knows.

    ``code`` is None until a hypothesis is sure, or enough speech was heard to take the language
    with the highest summed probability. While ``is_open``, a new utterance may prove to be in
    another language than ``code``; later only a hypothesis that is sure changes it, for whoever
    begins to speak without a pause.
    """

    def __init__(self, tags: Mapping[str, str] | None = None) -> None:
        self._tags = dict(tags or {})
        self.is_given = len(self._tags) == 1
        self.is_open = not self.is_given
        self.code: str | None = next(iter(self._tags)) if self.is_given else None
        self._sums: defaultdict[str, float] = defaultdict(float)

    @property
    def candidates(self) -> tuple[str, ...]:
        """Codes of the languages that it may be; none for any."""
        return tuple(self._tags)

    @property
    def tag(self) -> str:
        """The language as BCP-47, in the words of who named it; empty if nobody did."""
        return self._tags.get(self.code or "", "")

    def written(self, code: str) -> LanguageCode:
        """A language of the text, in the words of who named it."""
        return LanguageCode(self._tags.get(code, code))

    def begin(self) -> None:
        """A new utterance: somebody else may speak."""
        self.is_open = not self.is_given
        self._sums.clear()

    def observe(self, hypothesis: Hypothesis, *, seconds: float, final: bool) -> None:
        """Take a hypothesis of ``seconds`` of speech; ``final`` when no more of it will come."""
        probabilities = hypothesis.language_probabilities
        if self.is_given or not probabilities:
            return
        for code, probability in probabilities.items():
            self._sums[code] += probability
        likeliest = max(probabilities, key=probabilities.__getitem__)
        is_sure = probabilities[likeliest] > _SURE_PROBABILITY
        enough = _GOES_ON_SECONDS if likeliest == self.code else _SURE_SECONDS
        if is_sure and (seconds >= enough or (final and self.is_open)):
            self._settle(likeliest)
        elif not self.is_open:
            return
        elif final and self.code is not None:
            self._settle(self.code)
        elif final or seconds >= _LONGEST_SECONDS:
            self._settle(max(self._sums, key=self._sums.__getitem__))

    def _settle(self, code: str) -> None:
        self.code = code
        self.is_open = False


def among(probabilities: Mapping[str, float], candidates: Sequence[str]) -> dict[str, float]:
    """How likely the candidates are if one of them is spoken; without candidates, of all."""
    if not candidates:
        return dict(probabilities)
    found = {code: probabilities.get(code, 0.0) for code in candidates}
    whole = sum(found.values())
    return {code: probability / whole for code, probability in found.items()} if whole else found
