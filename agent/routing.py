"""Who is interpreted into what. Pure: what is wanted follows from who is in the room."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from livekit.agents import LanguageCode

from .config import AUTO, comma_separated

SPEAKS = "interpreter.speaks"
"""Participant attribute: the language this person speaks (BCP-47); of several, separated by commas,
or of any (``auto``) it is detected."""

VOICE = "interpreter.voice"
"""Participant attribute: how they want to sound in translation: ``female``, ``male`` or a name."""

# What recognisers write and what people write, where one language has several codes.
_SAME = {
    "nb": "no",
    "nn": "no",
    "fil": "tl",
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "jw": "jv",
}


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody in the room.

    Attributes:
        is_person: neither an agent, nor a recorder, nor published on somebody's behalf.
        microphones: sids of their microphone tracks.
        joined_at: when they came, in seconds of any clock that all of them share.
    """

    identity: str
    is_person: bool = True
    attributes: Mapping[str, str] = field(default_factory=dict)
    microphones: tuple[str, ...] = ()
    joined_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Speaker:
    """A microphone to recognise.

    Attributes:
        languages: one that is spoken, or several of which one is; none for any.
    """

    identity: str
    track_sid: str
    languages: tuple[str, ...]

    @property
    def language(self) -> str | None:
        """The one that is spoken; None where it has to be detected."""
        return only(self.languages)


@dataclass(frozen=True, slots=True)
class Route:
    """One speaker interpreted into one language."""

    speaker_identity: str
    track_sid: str
    source_language: str
    target_language: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What should run, and the microphones that are one too many.

    Attributes:
        voices: how speakers want to sound, by their identity and in their own words; those who say
            so. It can change while they talk.
    """

    speakers: frozenset[Speaker] = frozenset()
    routes: frozenset[Route] = frozenset()
    left_out: frozenset[Speaker] = frozenset()
    voices: Mapping[str, str] = field(default_factory=dict)


def plan(
    participants: Iterable[Participant],
    *,
    spoken: tuple[str, ...],
    target_languages: Iterable[str],
    detected: Mapping[str, str],
    max_speakers: int,
    served: Sequence[str] = (),
) -> Plan:
    """What should run for the people in the room.

    Args:
        spoken: by people who do not say; of several, or any if there are none, it is detected.
        target_languages: always produced.
        detected: language by track sid, as far as it has been heard.
        max_speakers: microphones beyond this number are not interpreted: those in ``served``, then
            those of the people who came first, go before.
        served: sids of the microphones that are interpreted already, the first first.
    """
    people = sorted(filter(lambda one: one.is_person, participants), key=lambda one: one.joined_at)
    microphones = [
        Speaker(person.identity, sid, _spoken(person, spoken))
        for person in people
        for sid in person.microphones
    ]
    rank = {sid: number for number, sid in enumerate(served)}
    microphones.sort(key=lambda speaker: rank.get(speaker.track_sid, len(rank)))
    chosen, left_out = microphones[:max_speakers], microphones[max_speakers:]
    targets = tuple(target_languages)
    routes = (route for speaker in chosen for route in routes_out(speaker, targets, detected))
    voices = {person.identity: said for person in people if (said := _said(person, VOICE))}
    return Plan(frozenset(chosen), frozenset(routes), frozenset(left_out), voices)


def only(languages: Sequence[str]) -> str | None:
    """The language that is spoken, where there is no choice; else it has to be detected."""
    return languages[0] if len(languages) == 1 else None


def same_language(first: str, second: str) -> bool:
    """Whether a speaker of one needs no interpreter for the other: regions do not matter."""
    return _bare(first) == _bare(second)


def _bare(language: str) -> str:
    """Without its region, under the one of its codes that stands for all of them."""
    code = LanguageCode(language).language
    return _SAME.get(code, code)


def source_languages(written: Iterable[str], target: str, targets: Iterable[str]) -> set[str]:
    """In which of the languages that recognisers write one finds what a route's words translate.

    Its own where a recogniser writes that (a direct route), else those of the original.

    Args:
        written: languages of source words.
        target: the route's; empty for the original.
        targets: those of all routes of the speaker.
    """
    targets = list(targets)
    found = set(written)
    direct = {language for language in found if target and same_language(language, target)}
    return direct or {w for w in found if not any(same_language(w, t) for t in targets)}


def _said(person: Participant, attribute: str) -> str:
    return person.attributes.get(attribute, "").strip()


def _spoken(person: Participant, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    """As codes, however it is written ("Spanish", "es_MX"): a route is told apart by its code."""
    said = _said(person, SPEAKS)
    if said.lower() == AUTO:
        return ()
    return tuple(str(LanguageCode(language)) for language in comma_separated(said)) or otherwise


def routes_out(
    speaker: Speaker, targets: Iterable[str], detected: Mapping[str, str]
) -> Iterator[Route]:
    """One speaker's, for the arguments of :func:`plan`."""
    source = speaker.language or detected.get(speaker.track_sid)
    if source is None:
        return
    for target in targets:
        if not same_language(source, target):
            yield Route(speaker.identity, speaker.track_sid, source, target)


@dataclass(frozen=True, slots=True)
class Changes:
    """How to get from what runs to what is planned. Stop first: a microphone may be in both."""

    stop_speakers: frozenset[Speaker]
    start_speakers: frozenset[Speaker]
    stop_routes: frozenset[Route]
    start_routes: frozenset[Route]


def changes(running: Plan, planned: Plan) -> Changes:
    """The difference between two plans.

    The routes of a speaker who stops stop with them and are not listed; those of a speaker who
    starts are.
    """
    stopped = running.speakers - planned.speakers
    started = planned.speakers - running.speakers
    gone = {speaker.track_sid for speaker in stopped}
    fresh = {speaker.track_sid for speaker in started}
    return Changes(
        stop_speakers=stopped,
        start_speakers=started,
        stop_routes=frozenset(
            route for route in running.routes - planned.routes if route.track_sid not in gone
        ),
        start_routes=frozenset(
            route
            for route in planned.routes
            if route not in running.routes or route.track_sid in fresh
        ),
    )
