"""What the server is told when somebody changes the language."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from agent.audience import Audience
from agent.hearing import Listener
from livekit import rtc


class Publisher(rtc.LocalParticipant):
    """Keeps what it is told; it is in no room."""

    def __init__(self) -> None:
        self.told: list[dict[str, list[str] | None]] = []

    def set_track_subscription_permissions(
        self,
        *,
        allow_all_participants: bool,
        participant_permissions: list[rtc.ParticipantTrackPermission] | None = None,
    ) -> None:
        assert not allow_all_participants
        self.told.append(
            {
                each.participant_identity: None if each.allow_all else list(each.allowed_track_sids)
                for each in participant_permissions or ()
            }
        )


@dataclass(eq=False)
class Track:
    sid: str


@pytest.mark.parametrize("first", ["es", None])
async def test_a_track_that_comes_back_is_subscribed_to(first: str | None) -> None:
    asked = asyncio.Queue[tuple[str, list[str]]]()

    async def subscribe(identity: str, sids: Sequence[str]) -> None:
        asked.put_nowait((identity, list(sids)))

    publisher = Publisher()
    audience = Audience(publisher, subscribe=subscribe)
    audience.listen([Listener("lia", first)])
    with (
        audience.offered(Track("TR_es"), speaker="ana", language="es"),
        audience.offered(Track("TR_fr"), speaker="ana", language="fr"),
    ):
        audience.listen([Listener("lia", "fr")])
        assert publisher.told[-1] == {"lia": ["TR_fr"]}
        audience.listen([Listener("lia", "es")])
        assert publisher.told[-1] == {"lia": ["TR_es"]}
        async with asyncio.timeout(5.0):
            assert await asked.get() == ("lia", ["TR_es"])
    await audience.aclose()
    assert asked.empty(), "a track that was never heard before is subscribed to by the client"


async def test_the_server_is_told_what_has_changed_and_nothing_else() -> None:
    publisher = Publisher()
    audience = Audience(publisher)
    audience.listen([Listener("lia", "es")])
    audience.listen([Listener("lia", "es")])
    with audience.offered(Track("TR_fr"), speaker="ana", language="fr"):
        pass
    assert publisher.told == [{"lia": []}]
    audience.tell_again()
    assert publisher.told == [{"lia": []}] * 2


async def test_after_a_reconnect_the_same_people_may_hear_the_same_voices() -> None:
    publisher = Publisher()
    audience = Audience(publisher)
    audience.listen([Listener("lia", "es"), Listener("all")])
    spanish, french = Track("TR_es"), Track("TR_fr")
    with (
        audience.offered(spanish, speaker="ana", language="es"),
        audience.offered(french, speaker="ana", language="fr"),
    ):
        spanish.sid, french.sid = "TR_es2", "TR_fr2"
        audience.tell_again()
        assert publisher.told[-1] == {"lia": ["TR_es2"], "all": None}
