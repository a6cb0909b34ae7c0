"""People in a room: who speaks tones into it, and who listens."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, Self

import numpy as np
import pytest
from livekit.agents.utils import aio, shortuuid
from pydantic import SecretStr

from agent.config import EncryptionSettings
from agent.encryption import encryption_of
from agent.provisioning import LiveKitServer
from livekit import api, rtc
from tests.fakes import tones

Kind = Literal["standard", "agent", "egress"]
RATE = 48_000
_FRAME = RATE // 50
PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Place:
    """A room on a server, of its own for every test."""

    server: LiveKitServer
    name: str = field(default_factory=lambda: shortuuid("room-"))

    def token(
        self,
        identity: str,
        *,
        kind: Kind = "standard",
        attributes: Mapping[str, str] | None = None,
        hidden: bool = False,
    ) -> str:
        grants = api.VideoGrants(
            room_join=True,
            room=self.name,
            agent=kind == "agent",
            recorder=kind == "egress",
            hidden=hidden,
            can_update_own_metadata=True,
        )
        token = api.AccessToken(self.server.api_key, self.server.api_secret)
        token = token.with_identity(identity).with_kind(kind).with_grants(grants)
        return token.with_attributes(dict(attributes or {})).to_jwt()

    async def open(self, metadata: str) -> None:
        """Make the room before anybody comes, as a platform does."""
        async with self.access() as access:
            await access.room.create_room(api.CreateRoomRequest(name=self.name, metadata=metadata))

    async def describe(self, metadata: str) -> None:
        """Change the room's metadata, as a platform does between two talks."""
        async with self.access() as access:
            await access.room.update_room_metadata(
                api.UpdateRoomMetadataRequest(room=self.name, metadata=metadata)
            )

    def access(self) -> api.LiveKitAPI:
        return api.LiveKitAPI(self.server.url, self.server.api_key, self.server.api_secret)

    @asynccontextmanager
    async def join(
        self,
        identity: str,
        *,
        kind: Kind = "standard",
        attributes: Mapping[str, str] | None = None,
        subscribe: bool = True,
        hidden: bool = False,
        key: str = "",
    ) -> AsyncIterator[rtc.Room]:
        room = rtc.Room()
        token = self.token(identity, kind=kind, attributes=attributes, hidden=hidden)
        encryption = encryption_of(EncryptionSettings(key=SecretStr(key)), self.name)
        options = rtc.RoomOptions(auto_subscribe=subscribe, encryption=encryption)
        await room.connect(self.server.url, token, options)
        try:
            yield room
        finally:
            await room.disconnect()


class Microphone:
    """Sends what is said at the pace of speech, and silence in between."""

    def __init__(self, room: rtc.Room) -> None:
        self._room = room
        # A loaded machine calls this task 0.2 s late, which must not be heard as a hole.
        self._source = rtc.AudioSource(RATE, 1, queue_size_ms=400)
        self._samples = np.zeros(0, dtype=np.int16)
        self._said = asyncio.Event()
        self._heard = asyncio.Event()
        room.on("local_track_subscribed", lambda _: self._heard.set())
        self._task: asyncio.Task[None] | None = None
        self.sid = ""

    async def open(self) -> Self:
        track = rtc.LocalAudioTrack.create_audio_track("microphone", self._source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        self.sid = (await self._room.local_participant.publish_track(track, options)).sid
        self._task = asyncio.create_task(self._send(), name="microphone")
        return self

    def say(self, text: str) -> None:
        """Queue words, and the silence that ends an utterance."""
        said = [tones.speak(text, RATE), tones.silence(1.0, RATE)]
        self._samples = np.concatenate([self._samples, *said])
        self._said.clear()

    async def wait_said(self) -> None:
        """Return when everything queued has been sent."""
        await self._said.wait()

    async def wait_subscribed(self) -> None:
        """Return when somebody has subscribed to the microphone."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._heard.wait()

    async def close(self) -> None:
        if self._task is not None:
            await aio.cancel_and_wait(self._task)
        await self._source.aclose()

    async def _send(self) -> None:
        while True:
            chunk, self._samples = self._samples[:_FRAME], self._samples[_FRAME:]
            if not len(self._samples):
                self._said.set()
            padded = np.zeros(_FRAME, dtype=np.int16)
            padded[: len(chunk)] = chunk
            await self._source.capture_frame(rtc.AudioFrame(padded.tobytes(), RATE, 1, _FRAME))


@asynccontextmanager
async def microphone(room: rtc.Room) -> AsyncIterator[Microphone]:
    opened = await Microphone(room).open()
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
def place(livekit_server: LiveKitServer) -> Place:
    return Place(livekit_server)


@dataclass(frozen=True)
class ReceivedCaption:
    sender: str
    text: str
    attributes: Mapping[str, str]

    @property
    def language(self) -> str:
        return self.attributes["language"]

    @property
    def final(self) -> bool:
        return self.attributes["lk.transcription_final"] == "true"


class Ear:
    """Hears every translated track in a room and reads every caption."""

    def __init__(self, room: rtc.Room) -> None:
        self._room = room
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self.heard: defaultdict[str, list[str]] = defaultdict(list)
        self.captions: list[ReceivedCaption] = []
        self.subscriptions: Counter[str] = Counter()
        self._readers: dict[str, tones.Listener] = {}
        room.on("track_subscribed", self._on_track)
        room.on("track_unsubscribed", self._on_track_gone)
        room.on("track_published", self._note)
        room.on("track_unpublished", self._note)
        room.on("participant_disconnected", self._note)
        room.on("participant_attributes_changed", self._note)
        room.register_text_stream_handler("lk.transcription", self._on_text)

    @property
    def me(self) -> rtc.LocalParticipant:
        """Whose ear it is."""
        return self._room.local_participant

    @property
    def tracks(self) -> dict[str, str]:
        """Translated tracks in the room: name to sid."""
        return {
            publication.name: publication.sid
            for remote in self._room.remote_participants.values()
            for publication in remote.track_publications.values()
            if publication.name.startswith("translation/")
        }

    @property
    def audible(self) -> set[str]:
        """Names of the translated tracks whose audio comes here; what is said before is lost."""
        return {name for name, sid in self.tracks.items() if sid in self._listening}

    def finals(self, language: str) -> list[str]:
        """Texts of the final captions in a language."""
        return [text for of, text in self._finals() if of == language]

    async def wait_for(self, condition: Callable[[], object]) -> None:
        """Return when the condition holds; it is looked at after everything that happens."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            pytest.fail(
                f"not so: heard {dict(self.heard)}, read {self._finals()}, tracks {self.tracks}, "
                f"subscribed {dict(self.subscriptions)}, seconds received {self._received()}"
            )

    def _finals(self) -> list[tuple[str, str]]:
        return [(caption.language, caption.text) for caption in self.captions if caption.final]

    def _received(self) -> dict[str, float]:
        return {name: round(reader.seconds, 1) for name, reader in self._readers.items()}

    async def close(self) -> None:
        self._room.unregister_text_stream_handler("lk.transcription")
        await aio.cancel_and_wait(*self._tasks)

    def _note(self, *_: object) -> None:
        self._changed.set()

    def _spawn(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _on_track(
        self, track: rtc.Track, publication: rtc.RemoteTrackPublication, _: rtc.RemoteParticipant
    ) -> None:
        self._note()
        self.subscriptions[publication.name] += 1
        if publication.name.startswith("translation/"):
            self._listening[publication.sid] = asyncio.create_task(
                self._listen(track, publication.name)
            )
            self._spawn(self._listening[publication.sid])

    def _on_track_gone(
        self, _: rtc.Track, publication: rtc.RemoteTrackPublication, __: rtc.RemoteParticipant
    ) -> None:
        self._note()
        # An audio stream outlives its track when a later track gets the same receiver.
        if (task := self._listening.pop(publication.sid, None)) is not None:
            task.cancel()

    async def _listen(self, track: rtc.Track, name: str) -> None:
        reader = self._readers[name] = tones.Listener(RATE)
        stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1)
        try:
            async for event in stream:
                if words := reader.hear(np.frombuffer(event.frame.data, dtype=np.int16)):
                    self.heard[name] += words
                    self._note()
        finally:
            await stream.aclose()

    def _on_text(self, reader: rtc.TextStreamReader, identity: str) -> None:
        self._spawn(asyncio.create_task(self._read(reader, identity)))

    async def _read(self, reader: rtc.TextStreamReader, identity: str) -> None:
        text = await reader.read_all()
        self.captions.append(ReceivedCaption(identity, text, dict(reader.info.attributes or {})))
        self._note()


@asynccontextmanager
async def ear(room: rtc.Room) -> AsyncIterator[Ear]:
    opened = Ear(room)
    try:
        yield opened
    finally:
        await opened.close()
