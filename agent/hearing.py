"""Who may hear which translated track. Pure: it follows from who listens and what is published."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from livekit.agents import LanguageCode

from .routing import same_language

HEARS = "interpreter.hears"
"""Participant attribute: the language this person wants to hear (BCP-47), or ``original``."""
ORIGINAL = "original"
"""Stands for no translation at all."""
READS = "captions_language"
"""Participant attribute: the language of the captions, where it is not the one that is heard."""
# What clients set that were written for LiveKit's own examples.
_ALIASES = ("language", READS)


@dataclass(frozen=True, slots=True)
class Listener:
    """Somebody in the room.

    ``hears`` and ``reads`` are languages of the tracks' and of captions, ``original``, or None if
    they do not say.
    """

    identity: str
    hears: str | None = None
    reads: str | None = None


@dataclass(frozen=True, slots=True)
class TranslatedTrack:
    """A track in the room that carries a speaker in a language."""

    sid: str
    speaker_identity: str
    language: str


Permissions = Mapping[str, frozenset[str] | None]
"""By identity: sids of the tracks that somebody may hear, or None for all of them."""


def hears(attributes: Mapping[str, str]) -> str | None:
    """What a participant's attributes ask for."""
    asked = (attributes.get(name, "").strip() for name in (HEARS, *_ALIASES))
    return next(filter(None, asked), None)


def nearest(language: str, languages: Iterable[str]) -> str | None:
    """Which of the languages somebody hears who asks for one: itself, else the first like it.

    It may be written as people write it ("Spanish", "es_mx").
    """
    there, wanted = tuple(languages), str(LanguageCode(language))
    exact = (known for known in there if known.lower() == wanted.lower())
    alike = (known for known in there if same_language(known, wanted))
    return next(exact, None) or next(alike, None)


def permissions(
    listeners: Iterable[Listener], tracks: Iterable[TranslatedTrack]
) -> dict[str, frozenset[str] | None]:
    """Who may hear what.

    Whoever does not say a language may hear everything and chooses by themselves. Nobody else hears
    their own translation.
    """
    published = tuple(tracks)
    return {listener.identity: _allowed(listener, published) for listener in listeners}


def _allowed(listener: Listener, tracks: Iterable[TranslatedTrack]) -> frozenset[str] | None:
    if listener.hears is None:
        return None
    return frozenset(
        track.sid
        for track in tracks
        if track.language == listener.hears and track.speaker_identity != listener.identity
    )


def readers(listeners: Iterable[Listener], language: str) -> list[str] | None:
    """Who reads captions translated into a language; None where everybody does."""
    everybody = list(listeners)
    reading = [person.identity for person in everybody if person.reads in (None, language)]
    return None if len(reading) == len(everybody) else reading


def audible(allowed: Permissions, tracks: Iterable[TranslatedTrack]) -> dict[str, frozenset[str]]:
    """By identity: sids of the published tracks that somebody may hear."""
    everything = frozenset(track.sid for track in tracks)
    return {
        identity: everything if sids is None else sids & everything
        for identity, sids in allowed.items()
    }


def granted_again(
    allowed: Permissions, before: Mapping[str, frozenset[str]], ever: Mapping[str, frozenset[str]]
) -> dict[str, list[str]]:
    """Tracks that somebody asks for and may hear now, could not just before, and once could.

    Args:
        before, ever: as from :func:`audible`.
    """
    nothing: frozenset[str] = frozenset()
    asked = {identity: sids for identity, sids in allowed.items() if sids is not None}
    again = {
        identity: (sids - before.get(identity, nothing)) & ever.get(identity, nothing)
        for identity, sids in asked.items()
    }
    return {identity: sorted(sids) for identity, sids in again.items() if sids}
