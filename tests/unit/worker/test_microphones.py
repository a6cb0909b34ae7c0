"""Whose microphones there are, and which of what they publish is one."""

import math
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from livekit.agents.types import ATTRIBUTE_PUBLISH_ON_BEHALF

from agent.microphones import participants, track_of
from agent.routing import Participant, Speaker
from livekit import rtc

pytestmark = pytest.mark.unit

CAME = datetime(2026, 1, 1, tzinfo=UTC)
MICROPHONE = SimpleNamespace(
    sid="TR_mic",
    source=rtc.TrackSource.SOURCE_MICROPHONE,
    kind=rtc.TrackKind.KIND_AUDIO,
    track=object(),
)


def room(*published: SimpleNamespace, **said: object) -> Any:
    """Ana's, who publishes what is given."""
    ana = SimpleNamespace(
        identity="ana",
        kind=rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD,
        attributes={},
        joined_at=CAME,
        track_publications={publication.sid: publication for publication in published},
    )
    vars(ana).update(said)
    return SimpleNamespace(remote_participants={"ana": ana})


def ana_in(there: Any, *, can_hear: bool = True) -> Participant:
    (found,) = participants(there, can_hear=lambda _: can_hear)
    return found


def test_a_person_has_the_microphones_that_can_be_heard() -> None:
    there = room(MICROPHONE, attributes={"interpreter.speaks": "de"})
    told = Participant("ana", True, {"interpreter.speaks": "de"}, ("TR_mic",), CAME.timestamp())
    assert ana_in(there) == told
    assert ana_in(there, can_hear=False).microphones == ()


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (rtc.TrackSource.SOURCE_SCREENSHARE_AUDIO, rtc.TrackKind.KIND_AUDIO),
        (rtc.TrackSource.SOURCE_CAMERA, rtc.TrackKind.KIND_VIDEO),
        (rtc.TrackSource.SOURCE_MICROPHONE, rtc.TrackKind.KIND_VIDEO),
    ],
)
def test_what_is_shared_besides_a_microphone_is_not_interpreted(source: int, kind: int) -> None:
    shared = SimpleNamespace(sid="TR_shared", source=source, kind=kind, track=None)
    assert ana_in(room(shared, MICROPHONE)).microphones == ("TR_mic",)


@pytest.mark.parametrize(
    ("kind", "behalf", "is_person"),
    [
        (rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD, "", True),
        (rtc.ParticipantKind.PARTICIPANT_KIND_SIP, "", True),
        (rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD, "assistant", False),
        (rtc.ParticipantKind.PARTICIPANT_KIND_AGENT, "", False),
        (rtc.ParticipantKind.PARTICIPANT_KIND_EGRESS, "", False),
    ],
)
def test_an_avatar_that_speaks_for_an_agent_is_no_person(
    kind: int, behalf: str, is_person: bool
) -> None:
    attributes = {ATTRIBUTE_PUBLISH_ON_BEHALF: behalf}
    assert ana_in(room(kind=kind, attributes=attributes)).is_person is is_person


def test_of_whom_it_is_not_known_when_they_came_came_last() -> None:
    assert ana_in(room(joined_at=None)).joined_at == math.inf


def test_who_has_gone_has_no_track() -> None:
    ana, ben = Speaker("ana", "TR_mic", ()), Speaker("ben", "TR_ben", ())
    assert track_of(room(MICROPHONE), ana) is MICROPHONE.track
    assert track_of(room(), ana) is None
    assert track_of(room(MICROPHONE), ben) is None
