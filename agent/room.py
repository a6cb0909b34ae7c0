"""One room: who is there decides what runs."""

import asyncio
import logging
from collections.abc import Callable, Iterator

from livekit.agents.job import DEFAULT_PARTICIPANT_KINDS
from livekit.agents.types import ATTRIBUTE_PUBLISH_ON_BEHALF
from livekit.agents.utils import aio
from livekit.rtc.room import EventTypes

from livekit import rtc
from livekit.plugins.cascade import CascadeEvent

from .audience import Audience, Subscribe
from .config import Settings
from .demand import Demand
from .encryption import Deciphering
from .engines import EngineSet
from .hearing import Listener
from .language_choice import LanguageChoice, Person
from .publication import CaptionPublisher, text_sender
from .routing import Changes, Participant, Plan, Route, Speaker, changes, plan
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
# A speaker whose pipeline fails again and again is retried ever more seldom.
_RESTART_SECONDS = (1.0, 5.0, 30.0)


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
            text_sender(room.local_participant), readers=self._audience.readers
        )
        self._listening = Throttle(self._let_listen, seconds=_LISTENERS_SECONDS)
        self._unseen = UnseenPeople(
            look, on_change=self._listening.ask, seconds=settings.worker.hidden_seconds
        )
        self._choice = LanguageChoice(
            room, settings.languages, find=self._find, on_change=self._listening.ask
        )
        self._deciphering = Deciphering(room)
        self._demand = Demand(settings.on_demand_languages)
        self._demand_timer: asyncio.TimerHandle | None = None
        self._surroundings = Surroundings(
            participant=room.local_participant,
            engines=engines.for_room(),
            captions=self._captions,
            audience=self._audience,
            on_event=on_event,
        )
        self._running: dict[Speaker, tuple[SpeakerPipeline, asyncio.Task[None]]] = {}
        self._ending: dict[asyncio.Task[None], asyncio.TimerHandle] = {}
        self._terms = Terms()
        self._detected: dict[str, str] = {}
        self._failures: dict[str, int] = {}
        self._resting: dict[str, asyncio.TimerHandle] = {}
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to interpret. Needs a running event loop."""
        for event, handler in self._handlers():
            self._room.on(event, handler)
        self._deciphering.start()
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
            self._choice.close()
            await self._unseen.aclose()
            await aio.cancel_and_wait(self._task)
            self._task = None
        self._listening.close()
        self._cancel_demand_timer()
        for timer in self._resting.values():
            timer.cancel()
        self._resting.clear()

    def _handlers(self) -> Iterator[tuple[EventTypes, Callable[..., None]]]:
        yield from ((event, self._wake) for event in _ROOM_EVENTS)
        yield from ((event, self._listening.ask) for event in _AUDIENCE_EVENTS)
        yield from ((event, self._let_listen_anew) for event in _REJOIN_EVENTS)
        yield "participant_disconnected", self._forget
        yield "room_metadata_changed", self._take_terms

    def _wake(self, *_: object) -> None:
        self._changed.set()

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

    def _forget(self, remote: rtc.RemoteParticipant) -> None:
        self._choice.forget(remote.identity)
        self._unseen.forget(remote.identity)
        self._surroundings.engines.forget(remote.identity)
        self._listening.ask()

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
        planned = self._planned()
        self._subscribe(planned)
        await self._apply(changes(self._running_plan(), planned))
        if self._metrics is not None:
            self._metrics.set_routes([route.target_language for route in self._running_routes()])

    def _planned(self) -> Plan:
        return plan(
            (self._participant(remote) for remote in self._room.remote_participants.values()),
            spoken=self._settings.source_language,
            target_languages=self._targets(),
            detected=self._detected,
            max_speakers=self._settings.max_speakers,
        )

    def _participant(self, remote: rtc.RemoteParticipant) -> Participant:
        on_behalf = bool(remote.attributes.get(ATTRIBUTE_PUBLISH_ON_BEHALF))
        return Participant(
            identity=remote.identity,
            is_person=remote.kind in DEFAULT_PARTICIPANT_KINDS and not on_behalf,
            attributes=remote.attributes,
            microphones=tuple(
                publication.sid
                for publication in remote.track_publications.values()
                if publication.source == rtc.TrackSource.SOURCE_MICROPHONE
                and publication.kind == rtc.TrackKind.KIND_AUDIO
                and self._deciphering.has_key_for(publication)
            ),
        )

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
        for publication in _publications(self._room):
            is_wanted = publication.sid in wanted
            if publication.subscribed != is_wanted:
                publication.set_subscribed(is_wanted)

    async def _apply(self, todo: Changes) -> None:
        for speaker in todo.stop_speakers:
            self._end(speaker)
        for speaker in todo.start_speakers:
            self._start(speaker)
        targets = self._targets()
        for pipeline, _ in tuple(self._running.values()):
            pipeline.offer(targets)
            for route in todo.stop_routes & pipeline.routes:
                await pipeline.remove_route(route)
            for route in todo.start_routes:
                if route.track_sid == pipeline.speaker.track_sid:
                    pipeline.add_route(route)

    def _start(self, speaker: Speaker) -> None:
        track = _track(self._room, speaker)
        if track is None or speaker.track_sid in self._resting:
            return
        try:
            pipeline = SpeakerPipeline(
                speaker,
                track,
                self._surroundings,
                target_languages=self._targets(),
                on_language=lambda language: self._take_language(speaker, language),
            )
        except ValueError as error:
            # A language that a participant asks for and no engine recognises.
            logger.warning("a speaker cannot be interpreted: %s", error, extra=_fields(speaker))
            self._rest(speaker, _RESTART_SECONDS[-1])
            return
        logger.info("a speaker is interpreted", extra=_fields(speaker))
        task = asyncio.create_task(self._supervise(pipeline), name="speaker")
        self._running[speaker] = (pipeline, task)

    def _take_terms(self, *_: object) -> None:
        """Use the room's terms; the last ones go on when new ones are wrong."""
        try:
            terms = terms_of_room(self._room.metadata)
        except ValueError as error:
            logger.warning("the room's terms cannot be used, its metadata is wrong: %s", error)
            return
        if terms != self._terms:
            self._terms = terms
            self._surroundings.engines.use_terms(terms)

    def _take_language(self, speaker: Speaker, language: str) -> None:
        self._detected[speaker.track_sid] = language
        self._changed.set()

    async def _supervise(self, pipeline: SpeakerPipeline) -> None:
        speaker = pipeline.speaker
        rest = _RESTART_SECONDS[0]
        try:
            await pipeline.run()
            self._failures.pop(speaker.track_sid, None)
        except Exception:
            logger.exception("interpreting a speaker failed", extra=_fields(speaker))
            failures = self._failures[speaker.track_sid] = (
                self._failures.get(speaker.track_sid, 0) + 1
            )
            rest = _RESTART_SECONDS[min(failures, len(_RESTART_SECONDS)) - 1]
        finally:
            if self._running.get(speaker, (None,))[0] is pipeline:
                del self._running[speaker]
                # Its audio may end before the room tells that the track is gone.
                self._rest(speaker, rest)

    def _rest(self, speaker: Speaker, seconds: float) -> None:
        """Leave a microphone alone for a while."""
        sid = speaker.track_sid
        if (timer := self._resting.pop(sid, None)) is not None:
            timer.cancel()
        self._resting[sid] = asyncio.get_running_loop().call_later(seconds, self._wake_up, sid)

    def _wake_up(self, sid: str) -> None:
        self._resting.pop(sid, None)
        self._changed.set()

    def _end(self, speaker: Speaker) -> None:
        """Let a speaker's last words be spoken, in the background and within bounds."""
        pipeline, task = self._running.pop(speaker)
        logger.info("a speaker has gone", extra=_fields(speaker))
        pipeline.end_input()
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._settings.worker.finish_seconds, task.cancel)
        self._ending[task] = timer
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._ending.pop(task).cancel()


def _publications(room: rtc.Room) -> list[rtc.RemoteTrackPublication]:
    remotes = room.remote_participants.values()
    return [pub for remote in remotes for pub in remote.track_publications.values()]


def _track(room: rtc.Room, speaker: Speaker) -> rtc.Track | None:
    remote = room.remote_participants.get(speaker.identity)
    publication = remote.track_publications.get(speaker.track_sid) if remote else None
    return publication.track if publication else None


def _fields(speaker: Speaker) -> dict[str, str]:
    return {"lk.pii.speaker": speaker.identity, "track": speaker.track_sid}
