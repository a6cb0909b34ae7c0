"""One microphone: its recogniser, and a published track for each language it is wanted in."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from livekit.agents import APIError
from livekit.agents.stt import STT
from livekit.agents.utils import aio

from livekit import rtc
from livekit.plugins.cascade import (
    DIRECT_POLICY,
    Caption,
    CascadeEvent,
    Delivery,
    DirectTranslator,
    LLMTranslator,
    PolicyOptions,
    SegmentReader,
    SourceStream,
    TargetOptions,
    TargetStream,
    Translator,
)

from .audience import Audience
from .engines import EngineSet, Voice, Wish
from .publication import CaptionPublisher, CaptionTarget, PublishedTrack
from .route_voice import RouteVoice
from .routing import Route, Speaker, same_language

logger = logging.getLogger("interpreter.speaker")

_SAMPLE_RATE = 16_000
_FRAME_MS = 20
# Ten seconds. Audio is taken at once unless the event loop stands still; then the oldest goes.
_FRAME_CAPACITY = 500


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all speakers of a room share."""

    room: rtc.Room
    engines: EngineSet
    captions: CaptionPublisher
    audience: Audience
    delivery: Delivery
    on_event: Callable[[CascadeEvent], None]


@dataclass(frozen=True, eq=False)
class _RunningRoute:
    route: Route
    reader: SegmentReader
    task: asyncio.Task[None]


class SpeakerPipeline:
    """Interprets one microphone until its audio ends.

    Args:
        target_languages: that may be wanted once the speaker's language is detected; nothing that
            is said in it until there is a route is lost for them.
        routes_out_of: asked for the routes out of the detected language, whenever it is another
            one; which it may be after :meth:`end_input`, when the last words are recognised.
    """

    def __init__(
        self,
        speaker: Speaker,
        track: rtc.Track,
        surroundings: Surroundings,
        *,
        target_languages: Iterable[str],
        routes_out_of: Callable[[str], Iterable[Route]],
    ) -> None:
        self.speaker = speaker
        self.track = track
        self._surroundings = surroundings
        self._routes_out_of = routes_out_of
        self._targets = frozenset(target_languages)
        self._stt = surroundings.engines.stt(speaker.languages)
        self._source = SourceStream(
            stt=self._stt,
            speaker=speaker.identity,
            language=speaker.language,
            on_event=surroundings.on_event,
            on_caption=self._caption_source,
            on_language=self._follow,
        )
        self._awaiting: dict[str, SegmentReader] = {}
        self._audio = rtc.AudioStream(
            track,
            capacity=_FRAME_CAPACITY,
            sample_rate=_SAMPLE_RATE,
            num_channels=1,
            frame_size_ms=_FRAME_MS,
        )
        # Streams of the same microphone: the original's, and one for each direct route.
        self._sources = {self._source}
        self._audio_ended = False
        self._routes: dict[Route, _RunningRoute] = {}
        self._finishing: set[_RunningRoute] = set()
        self._wanted: set[Route] = set()
        self._voices: set[RouteVoice] = set()
        self._wished_voice = ""
        self._group: asyncio.TaskGroup | None = None
        self._feeding: asyncio.Task[None] | None = None

    @property
    def routes(self) -> frozenset[Route]:
        """Languages it is being interpreted into."""
        return frozenset(self._wanted)

    async def run(self) -> None:
        """Interpret until the audio ends and everything said is spoken, then close.

        Raises:
            ExceptionGroup: a part failed in a way that it cannot go on from.
        """
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                self._source.start()
                group.create_task(self._source.wait(), name="speaker.source")
                self._feeding = group.create_task(self._feed(), name="speaker.feed")
                for route in self._wanted:
                    self._start_route(route)
        finally:
            self._group = None
            await self._audio.aclose()
            await self._source.aclose()
            await self._stt.aclose()

    def add_route(self, route: Route) -> None:
        """Interpret into a further language from now on."""
        if route in self._wanted:
            return
        self._wanted.add(route)
        if self._group is not None:
            self._start_route(route)

    def offer(self, languages: Iterable[str]) -> None:
        """Keep for these, and no other languages, what is said until there is a route into them."""
        self._targets = frozenset(languages)
        for language in self._awaiting.keys() - self._targets:
            self._awaiting.pop(language).close()

    async def remove_route(self, route: Route) -> None:
        """Stop a language at once and unpublish its track."""
        self._wanted.discard(route)
        if (running := self._routes.pop(route, None)) is not None:
            await aio.cancel_and_wait(running.task)

    def speak_as(self, wished: str) -> None:
        """Have all routes sound like this from their next clause on.

        Args:
            wished: see :data:`agent.routing.VOICE`.
        """
        self._wished_voice = wished
        for voice in self._voices:
            voice.change(wished)

    def end_input(self) -> None:
        """The speaker has gone; :meth:`run` returns when what was said is spoken."""
        self._end_sources()
        # The audio of a track that has gone may go on: a later track can get its receiver.
        if self._feeding is not None:
            self._feeding.cancel()

    async def _feed(self) -> None:
        try:
            async for event in self._audio:
                for source in tuple(self._sources):
                    source.push_frame(event.frame)
        finally:
            self._end_sources()

    def _end_sources(self) -> None:
        self._audio_ended = True
        for source in tuple(self._sources):
            source.end_input()

    def _follow(self, language: str) -> None:
        """The speaker goes on in this language, of which nothing was published yet."""
        for route in tuple(self._routes):
            if not same_language(route.source_language, language):
                self._finish_route(route)
        for reader in self._awaiting.values():
            reader.close()
        served = {route.target_language for route in self._routes}
        self._awaiting = {
            target: self._source.subscribe()
            for target in self._targets - served
            if not same_language(language, target)
        }
        for route in self._routes_out_of(language):
            self.add_route(route)

    def _finish_route(self, route: Route) -> None:
        """Have said what is left to say of a route."""
        self._wanted.discard(route)
        running = self._routes.pop(route)
        running.reader.end()
        self._finishing.add(running)
        running.task.add_done_callback(lambda _: self._finishing.discard(running))

    def _start_route(self, route: Route) -> None:
        assert self._group is not None
        target = route.target_language
        reader = self._awaiting.pop(target, None) or self._source.subscribe()
        before = [r.task for r in self._finishing if r.route.target_language == target]
        task = self._group.create_task(
            self._run_route(route, reader, before), name=f"route:{target}"
        )
        self._routes[route] = _RunningRoute(route, reader, task)

    async def _run_route(
        self, route: Route, reader: SegmentReader, before: Collection[asyncio.Task[None]]
    ) -> None:
        voice = RouteVoice(partial(self._create_voice, route.target_language), self._wished_voice)
        self._voices.add(voice)
        try:
            stt = self._direct_recogniser(route)
            if stt is None:
                await self._run_cascade(route, reader, voice, before)
            else:
                reader.close()
                await self._run_direct(route, stt, voice)
        finally:
            self._voices.discard(voice)
            reader.close()
            await voice.aclose()

    def _create_voice(self, language: str, wished: str) -> Voice:
        wish = Wish(self.speaker.identity, wished)
        return self._surroundings.engines.tts(language, wish)

    def _direct_recogniser(self, route: Route) -> STT[Any] | None:
        """None where the language is detected: what was said until then is there as text only."""
        if self.speaker.language is None:
            return None
        return self._surroundings.engines.direct(route.source_language, route.target_language)

    async def _run_cascade(
        self,
        route: Route,
        reader: SegmentReader,
        voice: RouteVoice,
        before: Collection[asyncio.Task[None]],
    ) -> None:
        engines = self._surroundings.engines
        model = engines.llm()
        try:
            translator = engines.translator(model, route.source_language, route.target_language)
            await _warm_up(translator)
            await self._interpret(route, reader, translator, voice, before=before)
        finally:
            await model.aclose()

    async def _run_direct(self, route: Route, stt: STT[Any], voice: RouteVoice) -> None:
        """Interpret with a recogniser of the route's own that writes the target language."""
        # Its source events are in the target language, which is how one tells them apart.
        source = SourceStream(
            stt=stt, speaker=route.speaker_identity, on_event=self._surroundings.on_event
        )
        translator = DirectTranslator(
            source_language=route.source_language, target_language=route.target_language
        )
        self._sources.add(source)
        try:
            source.start(media_time=self._source.media_time)
            if self._audio_ended:
                source.end_input()
            await self._interpret(route, source.subscribe(), translator, voice, DIRECT_POLICY)
            await source.wait()
        finally:
            self._sources.discard(source)
            await source.aclose()
            await stt.aclose()

    async def _interpret(
        self,
        route: Route,
        reader: SegmentReader,
        translator: Translator,
        voice: RouteVoice,
        policy: PolicyOptions | None = None,
        *,
        before: Collection[asyncio.Task[None]] = (),
    ) -> None:
        around, speaker = self._surroundings, route.speaker_identity
        async with self._published(route) as track:
            # Who listens has the track by the time that it is its turn to speak.
            if before:
                await asyncio.wait(before)
            target = TargetStream(
                source=reader,
                speaker=speaker,
                translator=translator,
                tts=voice,
                output=track,
                set_speed=voice.set_speed,
                on_event=around.on_event,
                on_caption=self._caption_to(speaker, track),
                options=TargetOptions(policy=policy, delivery=around.delivery),
            )
            await _run_to_end(target)
            await track.wait_for_playout()

    @asynccontextmanager
    async def _published(self, route: Route) -> AsyncIterator[PublishedTrack]:
        """The route's track, in the room for those who may hear it."""
        around = self._surroundings
        speaker, language = route.speaker_identity, route.target_language
        track = await PublishedTrack.publish(around.room, speaker=speaker, language=language)
        with around.audience.offered(track, speaker=speaker, language=language):
            try:
                yield track
            finally:
                await track.aclose()

    def _caption_source(self, caption: Caption) -> None:
        target = CaptionTarget(self.speaker.identity, self.speaker.track_sid)
        self._surroundings.captions.publish(caption, target)

    def _caption_to(self, speaker: str, track: PublishedTrack) -> Callable[[Caption], None]:
        def publish(caption: Caption) -> None:
            # A reconnect gives the track another sid.
            self._surroundings.captions.publish(caption, CaptionTarget(speaker, track.sid))

        return publish


async def _run_to_end(target: TargetStream) -> None:
    target.start()
    try:
        await target.drain()
    finally:
        await target.aclose()


async def _warm_up(translator: LLMTranslator) -> None:
    """Have the model read what all its prompts begin with, before the first words come."""
    try:
        await translator.warm_up()
    except (APIError, TimeoutError) as error:
        # A server that is down now may be up when it is needed; until then captions show the
        # original.
        logger.warning("the translator does not answer yet", exc_info=error)
