"""Recognised words as LiveKit's SpeechData."""

from livekit.agents import LanguageCode, stt
from livekit.agents.types import TimedString

from .agreement import Words
from .decoding import UNSPACED_LANGUAGES

# Between their words there is a space only around what is written in other scripts.
_HAN = frozenset({"zh", "ja", "yue"})


def joined(words: Words) -> str:
    """The words' text as the model spaced it."""
    return "".join(word.text for word in words).strip()


def speech_data(words: Words, language: LanguageCode, offset: float = 0.0) -> stt.SpeechData:
    """One alternative with word times, ``offset`` seconds added to each.

    In scripts without spaces between words, a word begins with a space where there is one: the
    text of one event does not tell what stands between it and the next.
    """
    return stt.SpeechData(
        language=language,
        text=joined(words),
        start_time=words[0].start + offset if words else 0.0,
        end_time=words[-1].end + offset if words else 0.0,
        confidence=sum(word.probability for word in words) / len(words) if words else 0.0,
        words=[
            TimedString(
                _spaced(word.text, language.language),
                start_time=word.start + offset,
                end_time=word.end + offset,
                confidence=word.probability,
                start_time_offset=offset,
            )
            for word in words
        ],
    )


def _spaced(word: str, language: str) -> str:
    bare = word.strip()
    if not word[:1].isspace() or language not in UNSPACED_LANGUAGES:
        return bare
    return f" {bare}" if language not in _HAN or bare[:1].isascii() else bare
