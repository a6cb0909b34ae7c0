"""Microphones that the interpreter may not hear for a while, or that are too many for it."""

import asyncio

import pytest

from livekit import rtc
from tests.fakes import tones
from tests.fakes.engines import FakeEngines
from tests.integration.interpreted import interpreter, interpreting
from tests.integration.room import PATIENCE_SECONDS, Ear, Place, ear, microphone

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

FIRST, SECOND, THIRD = "alpha bravo over.", "delta echo over.", "charlie alpha over."
ANA, BEN = "translation/ana/es", "translation/ben/es"


def said(listener: Ear) -> set[tuple[str, str]]:
    """Who said what, in lower case: a recogniser that starts anew begins a sentence."""
    finals = (caption for caption in listener.captions if caption.final)
    return {(caption.sender, caption.text.lower()) for caption in finals}


def both(speaker: str, text: str) -> set[tuple[str, str]]:
    return {(speaker, text), (speaker, tones.translate(text, "es").lower())}


def let_hear(room: rtc.Room, *identities: str) -> None:
    """Nobody else may hear this microphone; without any, everybody may."""
    room.local_participant.set_track_subscription_permissions(
        allow_all_participants=not identities,
        participant_permissions=[
            rtc.ParticipantTrackPermission(participant_identity=identity, allow_all=True)
            for identity in identities
        ],
    )


async def nothing_comes(publication: rtc.RemoteTrackPublication) -> None:
    """Wait until the receiver of a subscribed track is free."""
    assert publication.track is not None
    async with asyncio.timeout(PATIENCE_SECONDS):
        while any(one.HasField("inbound_rtp") for one in await publication.track.get_stats()):
            continue


async def test_nobody_speaks_in_the_name_of_who_has_withdrawn(place: Place) -> None:
    """For a talk with one other person, say; who then speaks gets the receiver that is free."""
    async with (
        place.join("ana") as ana,
        place.join("ben") as ben,
        place.join("listener") as listening,
        ear(listening) as listener,
        place.join("interpreter", kind="agent", subscribe=False) as room,
        interpreting(place, room),
        microphone(ana) as ana_speaks,
    ):
        await listener.wait_for(lambda: listener.audible)
        ana_speaks.say(FIRST)
        await listener.wait_for(lambda: said(listener) == both("ana", FIRST))
        let_hear(ana, "ben")
        await nothing_comes(room.remote_participants["ana"].track_publications[ana_speaks.sid])
        async with microphone(ben) as ben_speaks:
            # Not a moment later: the first words are the ones that could be taken for hers.
            await ben_speaks.wait_subscribed()
            ben_speaks.say(SECOND)
            expected = both("ana", FIRST) | both("ben", SECOND)
            await listener.wait_for(lambda: said(listener) >= expected)
            await listener.wait_for(lambda: list(listener.tracks) == [BEN])
            assert said(listener) == expected
            let_hear(ana)
            await listener.wait_for(lambda: {ANA, BEN} <= listener.audible)
            ana_speaks.say(THIRD)
            expected |= both("ana", THIRD)
            await listener.wait_for(lambda: said(listener) >= expected)
            ben_speaks.say(FIRST)
            expected |= both("ben", FIRST)
            await listener.wait_for(lambda: said(listener) >= expected)
            assert said(listener) == expected


async def test_who_comes_back_soon_has_the_same_voice(place: Place) -> None:
    engines = FakeEngines()
    async with (
        place.join("ben", attributes={"interpreter.voice": "female"}) as ben,
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place, engines),
    ):
        async with place.join("ana") as ana, microphone(ana):
            await listener.wait_for(lambda: listener.tracks)
        await listener.wait_for(lambda: not listener.tracks)
        async with microphone(ben):
            await listener.wait_for(lambda: len(listener.tracks) == 1)
            async with place.join("ana") as ana, microphone(ana):
                await listener.wait_for(lambda: len(listener.tracks) == 2)
    assert engines.cast == [("ana", "es", "anna"), ("ben", "es", "maria"), ("ana", "es", "anna")]


async def test_who_comes_back_soon_has_their_place_again(place: Place) -> None:
    async with (
        place.join("ana") as ana,
        place.join("ben") as ben,
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place, max_speakers=1),
        microphone(ben),
    ):
        await listener.wait_for(lambda: list(listener.tracks) == [BEN])
        async with microphone(ana):
            await ben.disconnect()
            await listener.wait_for(lambda: list(listener.tracks) == [ANA])
            async with place.join("ben") as again, microphone(again):
                await listener.wait_for(lambda: list(listener.tracks) == [BEN])


async def test_one_too_many_is_told_of_once_and_displaces_nobody(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        place.join("ana") as ana,
        place.join("ben") as ben,
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place, max_speakers=1),
        microphone(ben) as ben_speaks,
    ):
        await listener.wait_for(lambda: BEN in listener.audible)
        async with microphone(ana):
            await ana.local_participant.set_attributes({"interpreter.speaks": "de"})
            ben_speaks.say(FIRST)
            await listener.wait_for(lambda: said(listener) == both("ben", FIRST))
            assert list(listener.tracks) == [BEN]
        await ben.disconnect()
        await listener.wait_for(lambda: list(listener.tracks) == [ANA])
    told = [r for r in caplog.records if "INTERPRETER_MAX_SPEAKERS=1" in r.message]
    assert [getattr(record, "lk.pii.speaker") for record in told] == ["ana"]
