"""Those who take part in the demo's room: one who speaks and one listener per language."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from livekit.agents.types import TOPIC_TRANSCRIPTION

from agent.evaluation.recording import Samples, WavRecorder, frames_of
from agent.hearing import HEARS
from agent.local.errors import LocalRunError
from agent.publication import track_name
from agent.routing import SPEAKS
from livekit import api, rtc

from .captions import CaptionUpdate, update_of
from .speech import SAMPLE_RATE
from .stream_clock import StreamClock

logger = logging.getLogger("interpreter.demo")

SPEAKER = "speaker"
# Each frame costs the machine that interprets a call and a wake-up, whatever its size.
_FRAME_SECONDS = 0.05
_QUEUE_MS = 200
RECORDING_RATE = 24_000
# Comfort noise and the codec's own noise stay below it (16 bit samples).
_SOUND_PEAK = 200


@dataclass(frozen=True)
class RoomAddress:
    """A room on a server, and what it takes to enter."""

    url: str
    api_key: str
    api_secret: str
    room: str

    def token(self, identity: str, attributes: Mapping[str, str]) -> str:
        """A token such as any application would give its users."""
        grants = api.VideoGrants(
            room_join=True,
            room=self.room,
            can_publish=True,
            can_subscribe=True,
            can_publish_data=True,
            can_update_own_metadata=True,
        )
        return (
            api.AccessToken(self.api_key, self.api_secret)
            .with_identity(identity)
            .with_grants(grants)
            .with_attributes(dict(attributes))
            .with_ttl(timedelta(hours=6))
            .to_jwt()
        )


class Speaker:
    """Speaks a recording into the room at real-time pace, then stays silent."""

    def __init__(self, address: RoomAddress, language: str) -> None:
        self._address = address
        self._language = language
        self.room = rtc.Room()
        self._source = rtc.AudioSource(SAMPLE_RATE, 1, queue_size_ms=_QUEUE_MS)
        self._agent_joined = asyncio.Event()
        self._subscribed = asyncio.Event()
        self.room.on("participant_connected", lambda _: self._look_for_agent())
        self.room.on("local_track_subscribed", lambda _: self._subscribed.set())

    async def enter(self) -> None:
        """Join the room; that alone makes the server call a worker to it."""
        await _connect(self.room, self._address, SPEAKER, {SPEAKS: self._language})
        self._look_for_agent()

    async def wait_for_interpreter(self) -> None:
        """Return when the worker has joined."""
        await self._agent_joined.wait()

    async def open_microphone(self) -> None:
        """Publish the microphone and return when somebody takes its audio."""
        track = rtc.LocalAudioTrack.create_audio_track("microphone", self._source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await self.room.local_participant.publish_track(track, options)
        await self._subscribed.wait()

    async def speak(self, samples: Samples) -> None:
        """Say everything; the source's short queue keeps the pace."""
        for frame in frames_of(samples, SAMPLE_RATE, seconds=_FRAME_SECONDS):
            await self._source.capture_frame(frame)
        await self._source.wait_for_playout()

    async def stay_silent(self) -> None:
        """Send silence, as an open microphone does, until cancelled."""
        size = round(_FRAME_SECONDS * SAMPLE_RATE)
        silence = rtc.AudioFrame(bytes(2 * size), SAMPLE_RATE, 1, size)
        while True:
            await self._source.capture_frame(silence)

    async def leave(self) -> None:
        await self.room.disconnect()
        await self._source.aclose()

    def _look_for_agent(self) -> None:
        kind = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
        if any(p.kind == kind for p in self.room.remote_participants.values()):
            self._agent_joined.set()


class Listener:
    """Hears one language: records its track and passes its captions on.

    Args:
        on_caption: told every caption that arrives.
        on_sound: told when there is sound on the track.
    """

    def __init__(
        self,
        address: RoomAddress,
        language: str,
        *,
        on_caption: Callable[[CaptionUpdate], None],
        on_sound: Callable[[float], None],
    ) -> None:
        self._address = address
        self.language = language
        self._track_name = track_name(SPEAKER, language)
        self._on_caption = on_caption
        self._on_sound = on_sound
        self._recorder: WavRecorder | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._tuned_in = asyncio.Event()
        self.room = rtc.Room()
        self.room.on("track_subscribed", self._on_track)
        self.room.register_text_stream_handler(TOPIC_TRANSCRIPTION, self._on_text)

    async def enter(self) -> None:
        """Join as someone who wants to hear the language."""
        attributes = {HEARS: self.language}
        await _connect(self.room, self._address, f"listener-{self.language}", attributes)

    async def wait_tuned_in(self) -> None:
        """Return when the translated track is subscribed to."""
        await self._tuned_in.wait()

    def record(self, recorder: WavRecorder | None) -> None:
        """Write what is heard from now on; None to stop."""
        self._recorder = recorder

    async def leave(self) -> None:
        await self.room.disconnect()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _on_track(
        self,
        track: rtc.Track,
        publication: rtc.RemoteTrackPublication,
        participant: rtc.RemoteParticipant,
    ) -> None:
        if publication.name == self._track_name:
            self._tuned_in.set()
            self._hold(asyncio.create_task(self._hear(track), name=f"hear:{self.language}"))

    def _on_text(self, reader: rtc.TextStreamReader, participant_identity: str) -> None:
        self._hold(asyncio.create_task(self._read(reader), name=f"read:{self.language}"))

    def _hold(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("%s failed", task.get_name(), exc_info=error)

    async def _hear(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream.from_track(
            track=track,
            sample_rate=RECORDING_RATE,
            num_channels=1,
            frame_size_ms=round(_FRAME_SECONDS * 1000),
        )
        clock = StreamClock()
        try:
            async for event in stream:
                self._take(event.frame, clock.start_of(event.frame.duration, time.time()))
        finally:
            await stream.aclose()

    def _take(self, frame: rtc.AudioFrame, now: float) -> None:
        samples = np.frombuffer(frame.data, dtype=np.int16)
        if max(int(samples.max()), -int(samples.min())) > _SOUND_PEAK:
            self._on_sound(now)
        recorder = self._recorder
        if recorder is not None and recorder.origin is not None and now >= recorder.origin:
            recorder.write(frame, now)

    async def _read(self, reader: rtc.TextStreamReader) -> None:
        text = await reader.read_all()
        self._on_caption(update_of(reader.info.attributes or {}, text))


async def _connect(
    room: rtc.Room, address: RoomAddress, identity: str, attributes: Mapping[str, str]
) -> None:
    try:
        await room.connect(address.url, address.token(identity, attributes))
    except rtc.ConnectError as error:
        raise LocalRunError(f"{identity} cannot join the room at {address.url}: {error}") from None
