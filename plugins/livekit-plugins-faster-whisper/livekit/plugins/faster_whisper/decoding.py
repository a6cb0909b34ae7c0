"""What is asked of a recogniser and what it answers, and the sizes that follow from the audio."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from .agreement import Words
from .audio_buffer import SAMPLE_RATE, Samples
from .filters import Confidence
from .utterances import Pause

FRAMES_PER_SECOND = 100
FULL_CONTEXT_FRAMES = 3000
# oneDNN keeps what it has prepared for each length that its convolutions have seen: 1 MB for
# Whisper base, of up to a thousand lengths. A fifth of a second more padding costs the encoder 1 %.
_FRAME_STEP = 20

# "translate" writes in English what is said in another language.
Task: TypeAlias = Literal["transcribe", "translate"]

# Written without spaces: more tokens a second, and every character is a word of its own.
UNSPACED_LANGUAGES = frozenset({"zh", "ja", "th", "lo", "my", "km", "yue"})

# What the fastest speakers say, some 20 characters a second, in tokens of Whisper's multilingual
# vocabulary, which has few pieces for scripts that its texts were seldom in: English takes .3 a
# character, Arabic .5, Hindi 1.0, Georgian 2.4.
_TOKENS_PER_SECOND = {
    **dict.fromkeys("zh ja th lo yue ko el he yi ar fa ur ps sd hu vi".split(), 14.0),
    **dict.fromkeys("hi mr ne sa ta hy".split(), 28.0),
    **dict.fromkeys("te ml kn bn as gu pa si ka my km am bo".split(), 50.0),
}
_USUAL_TOKENS_PER_SECOND = 8.0


@dataclass(frozen=True, slots=True)
class AudioContext:
    """How much padded audio the encoder sees (3000 frames = 30 s is what Whisper was trained on).

    The encoder's cost falls with it. Below ``floor`` frames, or with less than ``margin`` seconds
    of silence after the speech, the decoder falls into repetition loops; a guard decodes again at
    full length when one is seen.
    """

    adaptive: bool = True
    floor: int = 600
    margin: float = 2.0

    def frames(self, content_seconds: float) -> int:
        if not self.adaptive:
            return FULL_CONTEXT_FRAMES
        steps = math.ceil((content_seconds + self.margin) * FRAMES_PER_SECOND / _FRAME_STEP)
        return min(max(self.floor, steps * _FRAME_STEP), FULL_CONTEXT_FRAMES)


@dataclass(frozen=True, slots=True)
class DecodeRequest:
    """One decode of one stream's buffer.

    Attributes:
        audio: float32 at 16 kHz, shape (samples,), at most 30 s.
        offset: media time of its first sample.
        committed: words inside this audio that are already out.
        force_prefix: give ``committed`` to the decoder as its prefix.
        context_tokens: text before this audio, for Whisper's "previous text" slot.
        keyterms: words to expect, for the same slot.
        language: Whisper code; None for the likeliest.
        detect: whether to say how likely each language is.
        candidates: codes of the languages that it may be; none for any.
        task: whether to write what is said or what it means in English.
        tag: the language as BCP-47 where it was given, which may say what script it is written in.
        speech_end: media time up to which somebody spoke; text that ends long before it is
            incomplete.
        pauses: in which nobody speaks, in media time.
    """

    audio: Samples
    offset: float
    speech_end: float
    committed: Words = ()
    force_prefix: bool = False
    context_tokens: tuple[int, ...] = ()
    keyterms: tuple[str, ...] = ()
    language: str | None = None
    detect: bool = False
    candidates: tuple[str, ...] = ()
    tag: str = ""
    task: Task = "transcribe"
    pauses: tuple[Pause, ...] = ()

    @property
    def audio_end(self) -> float:
        return self.offset + len(self.audio) / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What follows ``DecodeRequest.committed``, in media time; ``language`` is the one spoken, or
    empty where nobody speaks and none was given.

    ``language_probabilities`` is filled when the request asked to detect the language.
    """

    words: Words
    language: str
    language_probabilities: Mapping[str, float] = field(default_factory=dict)
    confidence: Confidence = Confidence()


def most_tokens(seconds: float, language: str) -> int:
    """Upper bound on the tokens that can have been said in ``seconds``."""
    rate = _TOKENS_PER_SECOND.get(language, _USUAL_TOKENS_PER_SECOND)
    return int(rate * max(seconds, 0.0)) + 8
