"""One room: who is there decides what runs."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from livekit.agents.utils import aio
from livekit.rtc.room import EventTypes

from livekit import rtc
from livekit.plugins.cascade import CascadeEvent

from .absences import Absences
from .audience import Audience, Subscribe
from .config import Settings
from .delivery import delivery_for
from .demand import Demand
from .detected import DetectedLanguages
from .encryption import Deciphering
from .engines import EngineSet
from .hearing import Listener
from .language_choice import LanguageChoice, Person
from .microphones import participants, publications, track_of
from .places import Places
from .publication import CaptionPublisher, text_sender
from .receivers import Receivers
from .rests import Rests
from .routing import Changes, Participant, Plan, Route, Speaker, changes, plan, routes_out
from .speaker import SpeakerPipeline, Surroundings
from .telemetry import RoomMetrics
from .terms import Terms, terms_of_room
from .throttle import Throttle
from .unseen import Look, UnseenPeople

logger = logging.getLogger("interpreter.room")

_ROOM_EVENTS: tuple[EventTypes, ...] = (
    "track_published",
    "track_unpublished",
    "track_subscribed",
    "track_unsubscribed",
    "reconnected",
)
_AUDIENCE_EVENTS: tuple[EventTypes, ...] = (
    "participant_connected",
    "participant_attributes_changed",
)
_REJOIN_EVENTS: tuple[EventTypes, ...] = ("reconnected", "local_track_republished")
# All that a hall does when it fills is told one by one, and what each may hear goes out for all.
_LISTENERS_SECONDS = 0.1


class RoomInterpreter:
    """Interprets everybody in a room that the caller has joined with ``SUBSCRIBE_NONE``.

    One task owns all changes; events only wake it. Each speaker runs in a task of their own, so
    that one who fails leaves the others alone.

    Args:
        on_event: told everything that the cascade emits; must not block.
        subscribe: lets somebody hear at once a track that they could hear before.
        look: finds those whom the room hides, or tells of late; without it, hidden participants
            get no translation.
    """

    def __init__(
        self,
        room: rtc.Room,
        engines: EngineSet,
        settings: Settings,
        *,
        on_event: Callable[[CascadeEvent], None] = lambda event: None,
        metrics: RoomMetrics | None = None,
        subscribe: Subscribe | None = None,
        look: Look | None = None,
    ) -> None:
        self._room = room
        self._settings = settings
        self._metrics = metrics
        self._audience = Audience(room.local_participant, subscribe=subscribe)
        self._captions = CaptionPublisher(
            text_sender(room.local_participant),
            readers=self._audience.readers,
            is_connected=room.isconnected,
        )
        self._listening = Throttle(self._let_listen, seconds=_LISTENERS_SECONDS)
        self._unseen = UnseenPeople(
            look, on_change=self._listening.ask, seconds=settings.worker.hidden_seconds
        )
        self._choice = LanguageChoice(
            room, settings.languages, find=self._find, on_change=self._listening.ask
        )
        self._deciphering = Deciphering(room)
        self._receivers = Receivers(room, on_lost=self._wake)
        self._absences = Absences(self._forget)
        self._demand = Demand(settings.on_demand_languages)
        self._demand_timer: asyncio.TimerHandle | None = None
        self._surroundings = Surroundings(
            room=room,
            engines=engines.for_room(),
            captions=self._captions,
            audience=self._audience,
            delivery=delivery_for(settings.tts),
            on_event=on_event,
        )
        self._running: dict[Speaker, tuple[SpeakerPipeline, asyncio.Task[None]]] = {}
        self._ending: dict[asyncio.Task[None], tuple[Speaker, asyncio.TimerHandle]] = {}
        self._terms = Terms()
        self._detected = DetectedLanguages()
        self._rests = Rests(self._wake)
        self._places = Places(settings.max_speakers)
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to interpret. Needs a running event loop."""
        for event, handler in self._handlers():
            self._room.on(event, handler)
        self._deciphering.start()
        self._receivers.start()
        self._choice.start()
        self._unseen.start()
        # Before the first track: until then everybody may hear everything.
        self._listening.ask()
        self._take_terms()
        self._changed.set()
        self._task = asyncio.create_task(self._reconcile_forever(), name="room")

    async def announce(self) -> None:
        """Tell the room which languages listeners may ask for."""
        await self._choice.announce()

    async def finish(self) -> None:
        """Say what was said so far, within ``finish_seconds``, then close everything in order."""
        await self._stop_reconciling()
        for speaker in tuple(self._running):
            self._end(speaker)
        if self._ending and self._room.isconnected():
            await asyncio.wait(self._ending, timeout=self._settings.worker.finish_seconds)
        await self.aclose()

    async def aclose(self) -> None:
        """Stop at once: speakers, then their tracks, then captions."""
        await self._stop_reconciling()
        for speaker in tuple(self._running):
            self._end(speaker)
        await aio.cancel_and_wait(*self._ending)
        await self._audience.aclose()
        await self._captions.aclose()
        if self._metrics is not None:
            self._metrics.close()

    async def _stop_reconciling(self) -> None:
        if self._task is not None:
            for event, handler in self._handlers():
                self._room.off(event, handler)
            self._deciphering.close()
            await self._receivers.aclose()
            self._choice.close()
            await self._unseen.aclose()
            await aio.cancel_and_wait(self._task)
            self._task = None
        self._listening.close()
        self._cancel_demand_timer()
        self._absences.close()
        self._rests.close()

    def _handlers(self) -> Iterator[tuple[EventTypes, Callable[..., None]]]:
        yield from ((event, self._wake) for event in _ROOM_EVENTS)
        yield from ((event, self._listening.ask) for event in _AUDIENCE_EVENTS)
        yield from ((event, self._let_listen_anew) for event in _REJOIN_EVENTS)
        yield "participant_connected", self._welcome
        yield "participant_disconnected", self._miss
        yield "room_metadata_changed", self._take_terms

    def _wake(self, *_: object) -> None:
        # At once: from a track that has gone, the next speaker's voice may come.
        for speaker, (pipeline, _task) in tuple(self._running.items()):
            if self._track(speaker) is not pipeline.track:
                self._end(speaker)
        self._changed.set()

    def _track(self, speaker: Speaker) -> rtc.Track | None:
        """What carries the speaker's voice, and nobody else's."""
        track = track_of(self._room, speaker)
        return None if track is None or self._receivers.has_lost(track) else track

    def _let_listen(self) -> None:
        """Not when speakers are brought up to date, which may take a while."""
        listeners = [
            Listener(person.identity, self._choice.of(person), self._choice.of_captions(person))
            for person in self._people()
        ]
        self._audience.listen(listeners)
        loop = asyncio.get_running_loop()
        asked = (language for person in listeners for language in (person.hears, person.reads))
        self._demand.ask(asked, loop.time())
        self._cancel_demand_timer()
        if (end := self._demand.next_end()) is not None:
            self._demand_timer = loop.call_at(end, self._listening.ask)
        self._changed.set()

    def _people(self) -> list[Person]:
        """Everybody but the interpreter; events are ahead of the server's API."""
        told = self._room.remote_participants
        me = self._room.local_participant
        return [*told.values(), *self._unseen.besides({**told, me.identity: me})]

    async def _find(self, identity: str) -> Person | None:
        return self._room.remote_participants.get(identity) or await self._unseen.find(identity)

    def _cancel_demand_timer(self) -> None:
        if self._demand_timer is not None:
            self._demand_timer.cancel()
            self._demand_timer = None

    def _let_listen_anew(self, *_: object) -> None:
        self._audience.tell_again()

    def _welcome(self, remote: rtc.RemoteParticipant) -> None:
        self._absences.returned(remote.identity)

    def _miss(self, remote: rtc.RemoteParticipant) -> None:
        """Somebody has left, or they or the interpreter lost the network for a moment."""
        self._absences.left(remote.identity)
        self._unseen.forget(remote.identity)
        self._listening.ask()
        self._wake()

    def _forget(self, identity: str) -> None:
        self._choice.forget(identity)
        self._surroundings.engines.forget(identity)

    async def _reconcile_forever(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._reconcile()
            except Exception:
                # What is half done is found by the next event.
                logger.exception("the room's speakers could not be brought up to date")

    async def _reconcile(self) -> None:
        people = participants(self._room, can_hear=self._deciphering.has_key_for)
        self._forget_languages(people)
        planned = self._planned(people)
        self._rests.keep(planned.speakers)
        self._places.give(planned)
        self._subscribe(planned)
        await self._apply(changes(self._running_plan(), planned), planned.voices)
        if self._metrics is not None:
            self._metrics.set_routes([route.target_language for route in self._running_routes()])

    def _planned(self, people: Sequence[Participant]) -> Plan:
        return plan(
            people,
            spoken=self._settings.source_language,
            target_languages=self._targets(),
            detected=self._detected.by_track,
            max_speakers=self._settings.max_speakers,
            served=self._places.claims(people, asyncio.get_running_loop().time()),
        )

    def _forget_languages(self, people: Iterable[Participant]) -> None:
        """Of microphones that have gone, once their last words are said."""
        ending = (speaker for speaker, _ in self._ending.values())
        speaking = {speaker.track_sid for speaker in (*self._running, *ending)}
        self._detected.keep(speaking.union(*(person.microphones for person in people)))

    def _targets(self) -> tuple[str, ...]:
        """The languages that are produced now."""
        wanted = self._demand.languages(asyncio.get_running_loop().time())
        return tuple(dict.fromkeys((*self._settings.target_languages, *wanted)))

    def _running_plan(self) -> Plan:
        return Plan(frozenset(self._running), self._running_routes())

    def _running_routes(self) -> frozenset[Route]:
        pipelines = (pipeline for pipeline, _ in self._running.values())
        return frozenset(route for pipeline in pipelines for route in pipeline.routes)

    def _subscribe(self, planned: Plan) -> None:
        """Hear the microphones that are wanted, and no others."""
        wanted = {speaker.track_sid for speaker in planned.speakers}
        for publication in publications(self._room):
            is_wanted = publication.sid in wanted
            if publication.subscribed != is_wanted:
                publication.set_subscribed(is_wanted)

    async def _apply(self, todo: Changes, voices: Mapping[str, str]) -> None:
        for speaker in todo.stop_speakers:
            self._end(speaker)
        for speaker in todo.start_speakers:
            self._start(speaker)
        targets = self._targets()
        for pipeline, _ in tuple(self._running.values()):
            pipeline.speak_as(voices.get(pipeline.speaker.identity, ""))
            pipeline.offer(targets)
            stop = todo.stop_routes & pipeline.routes
            await asyncio.gather(*(pipeline.remove_route(route) for route in stop))
            for route in todo.start_routes:
                if route.track_sid == pipeline.speaker.track_sid:
                    pipeline.add_route(route)

    def _start(self, speaker: Speaker) -> None:
        track = self._track(speaker)
        if track is None or speaker in self._rests:
            return
        try:
            pipeline = SpeakerPipeline(
                speaker,
                track,
                self._surroundings,
                target_languages=self._targets(),
                routes_out_of=lambda language: self._take_language(speaker, language),
            )
        except ValueError as error:
            # A language that a participant asks for and no engine recognises.
            logger.warning("a speaker cannot be interpreted: %s", error, extra=_fields(speaker))
            self._rests.refused(speaker)
            return
        logger.info("a speaker is interpreted", extra=_fields(speaker))
        task = asyncio.create_task(self._supervise(pipeline), name="speaker")
        self._running[speaker] = (pipeline, task)

    def _take_terms(self, *_: object) -> None:
        """Use the room's terms; what is wrong of new ones stays as it was."""
        terms, faults = terms_of_room(self._room.metadata, self._terms)
        if faults:
            said = "; ".join(faults)
            logger.warning("part of the room's metadata is wrong and is not used: %s", said)
        if terms != self._terms:
            self._terms = terms
            self._surroundings.engines.use_terms(terms)

    def _take_language(self, speaker: Speaker, language: str) -> Iterator[Route]:
        """The routes at once, and whether or not the speaker is still there."""
        self._detected.take(speaker.track_sid, language)
        self._changed.set()
        return routes_out(speaker, self._targets(), self._detected.by_track)

    async def _supervise(self, pipeline: SpeakerPipeline) -> None:
        speaker = pipeline.speaker
        loop = asyncio.get_running_loop()
        began, failed = loop.time(), False
        try:
            await pipeline.run()
        except Exception:
            logger.exception("interpreting a speaker failed", extra=_fields(speaker))
            failed = True
        finally:
            if self._running.get(speaker, (None,))[0] is pipeline:
                del self._running[speaker]
                if failed:
                    self._rests.failed(speaker, lasted=loop.time() - began)
                else:
                    self._rests.ended(speaker)

    def _end(self, speaker: Speaker) -> None:
        """Let a speaker's last words be spoken, in the background and within bounds."""
        pipeline, task = self._running.pop(speaker)
        logger.info("a speaker has gone", extra=_fields(speaker))
        pipeline.end_input()
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._settings.worker.finish_seconds, task.cancel)
        self._ending[task] = speaker, timer
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        _, timer = self._ending.pop(task)
        timer.cancel()
        self._changed.set()


def _fields(speaker: Speaker) -> dict[str, str]:
    return {"lk.pii.speaker": speaker.identity, "track": speaker.track_sid}
