"""Value types that flow through the cascade.

Two clocks run through all of them. *Media time* is seconds of the speaker's own audio since the
recogniser's first sample; *wall time* is ``time.time()``. Latency is the difference between the
two and never has to be measured separately.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from livekit.agents import LanguageCode

# Scripts written without spaces between words; their "words" are joined with nothing.
UNSPACED_LANGUAGES = frozenset({"zh", "ja", "th", "lo", "km", "my", "yue"})


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word. ``start`` and ``end`` are media time in seconds.

    In a script without spaces between words ``text`` begins with a space where there is one.
    """

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class SourceSegment:
    """The state of one source sentence at a moment; a later snapshot replaces an earlier one.

    ``committed`` holds every word of the segment that will never change, ``tail`` the words that
    may. A final segment has no tail and gets no further snapshot; without words it is one that the
    recogniser has taken back. ``paused`` says that the speaker has stopped after the last word,
    perhaps in the middle of the sentence.
    """

    segment_id: str
    language: str
    committed: tuple[Word, ...]
    tail: tuple[Word, ...]
    final: bool
    media_time: float
    wall_time: float
    paused: bool = False

    @property
    def words(self) -> tuple[Word, ...]:
        """All that was heard of the segment so far."""
        return self.committed + self.tail

    @property
    def text(self) -> str:
        """The words as they are written."""
        return join_words(self.words, self.language)


@dataclass(frozen=True, slots=True)
class SentencePair:
    """A finished source sentence and its translation: context for the next."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Caption:
    """What a reader sees of one segment: ``committed + tail``, spaces included.

    ``committed`` only ever grows; ``tail`` may change. A final one without text takes back what was
    shown.

    ``source_segment_id`` is the same for a source caption and all its translations.
    """

    segment_id: str
    source_segment_id: str
    language: str
    committed: str
    tail: str
    final: bool
    is_translation: bool
    media_start: float
    media_end: float

    @property
    def text(self) -> str:
        return self.committed + self.tail


EventKind: TypeAlias = Literal[
    "source",  # recogniser: new committed words and the tail of one segment
    "hypothesis",  # translator: one draft of the open segment
    "commit",  # translator: words that will be spoken
    "segment_final",  # translator: a segment is finished
    "synthesis",  # TTS: a chunk's audio is complete (text, seconds of audio, seconds it took)
    "played",  # a chunk's audio has been handed to the output (start and end of playing)
    "spoken",  # all audio of a finished segment has been handed to the output
    "dropped",  # a clause was not spoken, or a sentence not translated, to keep up
    "guarded",  # a guard kept words back from the translation of a finished segment
    "error",  # a stage failed; what was kept is in `data`
]


@dataclass(frozen=True, slots=True)
class CascadeEvent:
    """One line of the emissions log (see ``agent.evaluation.emissions``).

    Attributes:
        media_time: how far into the speaker's audio the event's content reaches, in seconds.
        wall_time: when it happened, ``time.time()``.
        language: of the text concerned; the target language for everything after recognition.
        data: JSON values, by kind. Carries what people said: never goes into a log message.
    """

    kind: EventKind
    stream: str
    language: str
    segment_id: str
    media_time: float
    wall_time: float
    data: Mapping[str, object] = field(default_factory=dict)


def join_words(words: tuple[Word, ...], language: str) -> str:
    """Text of ``words``, spaced as ``language`` is written."""
    if LanguageCode(language).language in UNSPACED_LANGUAGES:
        return "".join(word.text for word in words).strip()
    return " ".join(word.text.strip() for word in words).strip()
