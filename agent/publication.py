"""What listeners get: one published track for each speaker and language, and captions."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from livekit.agents.types import (
    ATTRIBUTE_TRANSCRIPTION_FINAL,
    ATTRIBUTE_TRANSCRIPTION_SEGMENT_ID,
    ATTRIBUTE_TRANSCRIPTION_TRACK_ID,
    TOPIC_TRANSCRIPTION,
)
from livekit.agents.utils import aio
from livekit.rtc.participant import UnpublishTrackError

from livekit import rtc
from livekit.plugins.cascade import Caption

logger = logging.getLogger("interpreter.publication")

SAMPLE_RATE = 48_000
SOURCE_SEGMENT_ID = "interpreter.source_segment_id"
"""Caption attribute: the same for a source caption and its translations."""
SPEAKER = "interpreter.speaker"
"""Caption attribute: the identity of who speaks. The stream comes in their name, but in end-to-end
encrypted rooms, where the server names the one who really sent it."""

# Long enough to bridge a pause of the event loop, short enough for pacing to know what is heard.
_QUEUE_MS = 200
# Network and a listener's jitter buffer; unpublishing overtakes what is still in there.
_IN_FLIGHT_SECONDS = 0.3
_CLOSE_SECONDS = 3.0
# Of a room that is deleted, captions fail before the client tells of its end.
_END_SECONDS = 0.5
_UNPUBLISH_SECONDS = 5.0
# The native client answers within milliseconds, or not at all when it is reconnecting.
_ANSWER_SECONDS = 1.0
_AGAIN_SECONDS = 0.1
# LiveKit refuses a text whose header is over 15,000 bytes, and its readers are named there.
_READERS_BYTES = 8_000
_BYTES_BETWEEN = 4


def track_name(speaker: str, language: str) -> str:
    """Name of the track that carries ``speaker`` in ``language``."""
    return f"translation/{speaker}/{language}"


class PublishedTrack:
    """A translated voice in the room; an ``AudioOutput`` of the cascade. Mono, 48 kHz."""

    def __init__(
        self,
        room: rtc.Room,
        source: rtc.AudioSource,
        publication: rtc.LocalTrackPublication,
    ) -> None:
        self._room = room
        self._source = source
        self._publication = publication

    @classmethod
    async def publish(cls, room: rtc.Room, *, speaker: str, language: str) -> Self:
        """Publish a silent track.

        Raises:
            rtc.participant.PublishTrackError: the server refuses it.
        """
        source = rtc.AudioSource(SAMPLE_RATE, 1, queue_size_ms=_QUEUE_MS)
        name = track_name(speaker, language)
        try:
            publication = await room.local_participant.publish_track(
                rtc.LocalAudioTrack.create_audio_track(name, source),
                rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_UNKNOWN, dtx=True, red=True),
            )
        except BaseException:
            await source.aclose()
            raise
        return cls(room, source, publication)

    @property
    def sid(self) -> str:
        return self._publication.sid

    @property
    def sample_rate(self) -> int:
        return SAMPLE_RATE

    @property
    def queued_duration(self) -> float:
        """Seconds captured and not yet played."""
        return self._source.queued_duration

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Take a frame; waits while the queue is full."""
        await self._source.capture_frame(frame)

    async def wait_for_playout(self) -> None:
        """Return when everything captured has been heard, as far as can be told from here."""
        await self._source.wait_for_playout()
        await asyncio.sleep(_IN_FLIGHT_SECONDS)

    async def aclose(self) -> None:
        """Unpublish. Harmless when the room is gone."""
        try:
            async with asyncio.timeout(_UNPUBLISH_SECONDS):
                while self._room.isconnected():
                    if await self._unpublish():
                        break
                    # A reconnect publishes it anew. Until then it can be unpublished by neither
                    # sid, and afterwards nobody else would do it.
                    await asyncio.sleep(_AGAIN_SECONDS)
        except TimeoutError:
            logger.debug("the track went by itself, or will go with the room")
        finally:
            await self._source.aclose()

    async def _unpublish(self) -> bool:
        """Returns whether it has gone."""
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await self._room.local_participant.unpublish_track(self.sid)
        except (UnpublishTrackError, TimeoutError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class CaptionTarget:
    """Whose words a caption shows, and the sid of the track on which they are heard."""

    speaker: str
    track_sid: str


Readers = list[str] | None
"""Identities; None for everybody in the room."""
SendText = Callable[[str, str, Mapping[str, str], Readers], Awaitable[None]]
"""Sends a text with its attributes in somebody's name: (text, sender, attributes, readers)."""


class CaptionQueue:
    """Captions to send, newest state of each segment only.

    Overflow rule: an interim caption that has not been sent is replaced by the next one of its
    segment, and dropped when its segment becomes final. Final captions are never dropped.
    """

    def __init__(self) -> None:
        self._finals: deque[tuple[Caption, CaptionTarget]] = deque()
        self._interims: dict[str, tuple[Caption, CaptionTarget]] = {}

    def __len__(self) -> int:
        return len(self._finals) + len(self._interims)

    def put(self, caption: Caption, target: CaptionTarget) -> None:
        """Queue a caption."""
        if caption.final:
            self._interims.pop(caption.segment_id, None)
            self._finals.append((caption, target))
        else:
            self._interims[caption.segment_id] = (caption, target)

    def take(self) -> tuple[Caption, CaptionTarget]:
        """The next to send: finals first, then the segment that has waited longest."""
        if self._finals:
            return self._finals.popleft()
        return self._interims.pop(next(iter(self._interims)))


class CaptionPublisher:
    """Sends captions one at a time, so that a slow channel sees fewer interims and no queue.

    Args:
        readers: who gets a caption; asked when it is sent.
        is_connected: whether there is still a room to send it to.
    """

    def __init__(
        self,
        send: SendText,
        *,
        readers: Callable[[Caption], Readers] = lambda caption: None,
        is_connected: Callable[[], bool] = lambda: True,
    ) -> None:
        self._send = send
        self._readers = readers
        self._is_connected = is_connected
        self._queue = CaptionQueue()
        self._changed = asyncio.Event()
        self._closing = False
        self._task = asyncio.create_task(self._run(), name="captions")

    def publish(self, caption: Caption, target: CaptionTarget) -> None:
        """Queue a caption. Never blocks; ignored after the end."""
        if not self._closing:
            self._queue.put(caption, target)
            self._changed.set()

    async def aclose(self) -> None:
        """Send what is queued, for a few seconds at most."""
        self._closing = True
        self._changed.set()
        await asyncio.wait([self._task], timeout=_CLOSE_SECONDS)
        await aio.cancel_and_wait(self._task)

    async def _run(self) -> None:
        while True:
            while len(self._queue):
                caption, target = self._queue.take()
                await self._send_one(caption, target)
            if self._closing:
                return
            self._changed.clear()
            await self._changed.wait()

    async def _send_one(self, caption: Caption, target: CaptionTarget) -> None:
        readers = self._readers(caption)
        attributes = caption_attributes(caption, target)
        try:
            for some in [None] if readers is None else in_batches(readers):
                await self._send(caption.text, target.speaker, attributes, some)
        except Exception as error:  # noqa: BLE001 - the SDK's errors have no common base
            # One lost caption must not end the others.
            await self._tell_lost(error)

    async def _tell_lost(self, error: Exception) -> None:
        if self._is_connected():
            await asyncio.sleep(_END_SECONDS)
        if self._is_connected():
            logger.error("a caption could not be sent", exc_info=error)
        else:
            logger.debug("a caption was not sent, the room is gone", exc_info=error)


def in_batches(readers: Sequence[str], limit: int = _READERS_BYTES) -> Iterator[list[str]]:
    """The readers, so many at a time that their names take up to ``limit`` bytes."""
    batch: list[str] = []
    size = 0
    for identity in readers:
        needed = len(identity.encode()) + _BYTES_BETWEEN
        if batch and size + needed > limit:
            yield batch
            batch, size = [], 0
        batch.append(identity)
        size += needed
    if batch:
        yield batch


def caption_attributes(caption: Caption, target: CaptionTarget) -> dict[str, str]:
    """Attributes of a caption's text stream, as LiveKit's clients read them."""
    return {
        "language": caption.language,
        ATTRIBUTE_TRANSCRIPTION_SEGMENT_ID: caption.segment_id,
        ATTRIBUTE_TRANSCRIPTION_TRACK_ID: target.track_sid,
        ATTRIBUTE_TRANSCRIPTION_FINAL: "true" if caption.final else "false",
        SOURCE_SEGMENT_ID: caption.source_segment_id,
        SPEAKER: target.speaker,
    }


def text_sender(participant: rtc.LocalParticipant) -> SendText:
    """Sends on ``lk.transcription``. Only agents may send in the name of somebody else."""

    async def send(text: str, sender: str, attributes: Mapping[str, str], readers: Readers) -> None:
        writer = await participant.stream_text(
            destination_identities=readers,
            topic=TOPIC_TRANSCRIPTION,
            attributes=dict(attributes),
            sender_identity=sender,
        )
        try:
            await writer.write(text)
        finally:
            await writer.aclose()

    return send
