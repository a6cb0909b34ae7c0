"""Recognised words as LiveKit's SpeechData."""

from livekit.agents import LanguageCode, stt
from livekit.agents.types import TimedString

from .agreement import Words


def joined(words: Words) -> str:
    """The words' text as the model spaced it."""
    return "".join(word.text for word in words).strip()


def speech_data(words: Words, language: LanguageCode, offset: float = 0.0) -> stt.SpeechData:
    """One alternative with word times, ``offset`` seconds added to each."""
    return stt.SpeechData(
        language=language,
        text=joined(words),
        start_time=words[0].start + offset if words else 0.0,
        end_time=words[-1].end + offset if words else 0.0,
        confidence=sum(word.probability for word in words) / len(words) if words else 0.0,
        words=[
            TimedString(
                word.text.strip(),
                start_time=word.start + offset,
                end_time=word.end + offset,
                confidence=word.probability,
                start_time_offset=offset,
            )
            for word in words
        ],
    )
