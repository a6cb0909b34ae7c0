"""What the cascade's events carry in ``data``, by kind: see :mod:`.emissions`."""

from typing import TypeAlias

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """Passes over fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")


TimedWord: TypeAlias = tuple[str, float, float]
"""Text, start and end in seconds of media time."""


class SourceData(Record):
    committed: tuple[TimedWord, ...] = ()
    tail: tuple[TimedWord, ...] = ()
    final: bool = False


class HypothesisData(Record):
    text: str = ""
    seconds: float = 0.0


class CommitData(Record):
    text: str
    total: str
    source_words: int = 0
    source_end: float


class SegmentFinalData(Record):
    source: str
    target: str
    media_start: float = 0.0
    media_end: float = 0.0


class SynthesisData(Record):
    text: str
    audio_seconds: float
    seconds: float
    first_audio_seconds: float = 0.0
    speed: float = 1.0


class PlayedData(Record):
    text: str
    wall_start: float
    wall_end: float
    queue_seconds: float = 0.0
    speed: float = 1.0
    source_end: float


class DroppedData(Record):
    text: str
    reason: str = ""


class GuardedData(Record):
    text: str


class ErrorData(Record):
    stage: str
    message: str = ""
    recoverable: bool = True
