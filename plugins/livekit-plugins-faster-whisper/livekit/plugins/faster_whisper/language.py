"""The language of a stream: given, or detected over its first seconds and then kept."""

from collections import defaultdict

from livekit.agents import LanguageCode

from faster_whisper.tokenizer import _LANGUAGE_CODES

from .decoding import Hypothesis

# Whisper's codes where they differ from the ISO 639-1 codes of LanguageCode.
_WHISPER_CODES = {"nb": "no", "jv": "jw", "fil": "tl", "iw": "he"}

# A single look at the first second is often wrong; accents flip it back and forth.
_SURE_PROBABILITY = 0.9
_SURE_SECONDS = 1.5
_LONGEST_SECONDS = 5.0


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


class LanguageLock:
    """Settles on one language per stream.

    Args:
        code: Whisper's, where the language is given.
        tag: as BCP-47, the same.

    ``code`` stays None until a hypothesis is sure, or enough speech was heard to take the language
    with the highest summed probability. Once set it never changes.
    """

    def __init__(self, code: str | None = None, tag: str = "") -> None:
        self.code = code
        self.tag = tag
        self._sums: defaultdict[str, float] = defaultdict(float)

    def observe(self, hypothesis: Hypothesis, *, seconds: float, final: bool) -> None:
        """Take a hypothesis of ``seconds`` of speech; ``final`` when no more of it will come."""
        if self.code is not None or not hypothesis.language_probabilities:
            return
        for code, probability in hypothesis.language_probabilities.items():
            self._sums[code] += probability
        sure = hypothesis.language_probabilities.get(hypothesis.language, 0.0) > _SURE_PROBABILITY
        if (sure and seconds >= _SURE_SECONDS) or final or seconds >= _LONGEST_SECONDS:
            self.code = max(self._sums, key=self._sums.__getitem__)
