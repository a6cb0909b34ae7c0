"""The events of one target language: who emits them, and what its voice tells."""

from collections.abc import Callable

from .log import logger
from .speech_queue import SpeechChunk
from .types import CascadeEvent, EventKind
from .voice import Spoken


class EventEmitter:
    """Stamps the events of one speaker in one language.

    Args:
        on_event: called on the event loop; must not block or raise.
        clock: wall time.
    """

    def __init__(
        self,
        *,
        stream: str,
        language: str,
        on_event: Callable[[CascadeEvent], None] | None,
        clock: Callable[[], float],
    ) -> None:
        self._stream = stream
        self._language = language
        self._on_event = on_event
        self._clock = clock

    def __call__(
        self, kind: EventKind, segment_id: str, media_time: float, data: dict[str, object]
    ) -> None:
        if self._on_event is not None:
            self._on_event(
                CascadeEvent(
                    kind=kind,
                    stream=self._stream,
                    language=self._language,
                    segment_id=segment_id,
                    media_time=media_time,
                    wall_time=self._clock(),
                    data=data,
                )
            )


class VoiceEvents:
    """Turns what a :class:`.voice.Voice` tells into events."""

    def __init__(self, emit: EventEmitter) -> None:
        self._emit = emit

    def on_synthesis(
        self, chunk: SpeechChunk, *, audio: float, seconds: float, first: float, speed: float
    ) -> None:
        data: dict[str, object] = {
            "text": chunk.text,
            "audio_seconds": audio,
            "seconds": seconds,
            "first_audio_seconds": first,
            "speed": speed,
        }
        self._emit("synthesis", chunk.segment_id, chunk.source_end, data)

    def on_played(self, spoken: Spoken, *, queue_seconds: float) -> None:
        chunk = spoken.chunk
        data: dict[str, object] = {
            "text": chunk.text,
            "wall_start": spoken.wall_start,
            "wall_end": spoken.wall_end,
            "source_start": chunk.source_start,
            "source_end": chunk.source_end,
            "speed": spoken.speed,
            "queue_seconds": queue_seconds,
            "lag_seconds": spoken.lag,
        }
        self._emit("played", chunk.segment_id, chunk.source_end, data)

    def on_segment_spoken(self, segment_id: str) -> None:
        self._emit("spoken", segment_id, 0.0, {})

    def on_dropped(self, chunk: SpeechChunk, *, queue_seconds: float, lag_seconds: float) -> None:
        logger.warning(
            "a clause is dropped: it would be heard %.1f s late, and %.1f s of speech wait",
            lag_seconds,
            queue_seconds,
        )
        data: dict[str, object] = {
            "text": chunk.text,
            "reason": "queue",
            "queue_seconds": queue_seconds,
            "lag_seconds": lag_seconds,
        }
        self._emit("dropped", chunk.segment_id, chunk.source_end, data)

    def on_failed(self, chunk: SpeechChunk, error: Exception) -> None:
        data: dict[str, object] = {
            "stage": "tts",
            "message": str(error),
            "recoverable": True,
            "text": chunk.text,
        }
        self._emit("error", chunk.segment_id, chunk.source_end, data)
