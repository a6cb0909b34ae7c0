"""A room as LiveKit tells of it, in the words of :mod:`.routing`."""

import math
from collections.abc import Callable

from livekit.agents.job import DEFAULT_PARTICIPANT_KINDS
from livekit.agents.types import ATTRIBUTE_PUBLISH_ON_BEHALF

from livekit import rtc

from .routing import Participant, Speaker


def participants(
    room: rtc.Room, *, can_hear: Callable[[rtc.RemoteTrackPublication], bool]
) -> list[Participant]:
    """Everybody, with those of their microphones that can be heard."""
    return [
        Participant(
            identity=remote.identity,
            is_person=_is_person(remote),
            attributes=remote.attributes,
            microphones=tuple(
                publication.sid
                for publication in remote.track_publications.values()
                if _is_microphone(publication) and can_hear(publication)
            ),
            joined_at=remote.joined_at.timestamp() if remote.joined_at else math.inf,
        )
        for remote in room.remote_participants.values()
    ]


def publications(room: rtc.Room) -> list[rtc.RemoteTrackPublication]:
    """What the others publish."""
    remotes = room.remote_participants.values()
    return [publication for one in remotes for publication in one.track_publications.values()]


def track_of(room: rtc.Room, speaker: Speaker) -> rtc.Track | None:
    """The speaker's audio; None until it is subscribed to, and again afterwards."""
    remote = room.remote_participants.get(speaker.identity)
    publication = remote.track_publications.get(speaker.track_sid) if remote else None
    return publication.track if publication else None


def _is_person(remote: rtc.RemoteParticipant) -> bool:
    on_behalf = bool(remote.attributes.get(ATTRIBUTE_PUBLISH_ON_BEHALF))
    return remote.kind in DEFAULT_PARTICIPANT_KINDS and not on_behalf


def _is_microphone(publication: rtc.RemoteTrackPublication) -> bool:
    return (
        publication.source == rtc.TrackSource.SOURCE_MICROPHONE
        and publication.kind == rtc.TrackKind.KIND_AUDIO
    )
