"""What the server is told when somebody changes the language."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps

import pytest

from agent.audience import Audience
from agent.evaluation.virtual_time import run
from agent.hearing import Listener
from livekit import rtc

_SOON = 0.2


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
        told = {
            each.participant_identity: None if each.allow_all else list(each.allowed_track_sids)
            for each in participant_permissions or ()
        }
        self._arrive(told)

    def _arrive(self, told: dict[str, list[str] | None]) -> None:
        self.told.append(told)


class Hurried(Publisher):
    """What it is told takes its time, so that one thing overtakes another."""

    def __init__(self, delays: Iterable[float]) -> None:
        super().__init__()
        self._delays = iter(delays)

    def _arrive(self, told: dict[str, list[str] | None]) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(next(self._delays, 0.0), self.told.append, told)


@dataclass(eq=False)
class Track:
    sid: str


def on_a_virtual_clock(test: Callable[..., Coroutine[None, None, None]]) -> Callable[..., None]:
    @wraps(test)
    def runs(**arguments: object) -> None:
        run(test(**arguments), virtual=True, work_is_free=True)

    return runs


@pytest.mark.parametrize("first", ["es", None])
@on_a_virtual_clock
async def test_a_track_that_comes_back_is_subscribed_to(first: str | None) -> None:
    asked = asyncio.Queue[tuple[str, list[str]]]()

    async def subscribe(identity: str, sids: Sequence[str]) -> None:
        assert publisher.told[-1] == {identity: list(sids)}, "may it be heard already?"
        asked.put_nowait((identity, list(sids)))

    publisher = Publisher()
    audience = Audience(publisher, subscribe=subscribe)
    audience.listen([Listener("lia", first)])
    with (
        audience.offered(Track("TR_es"), speaker="ana", language="es"),
        audience.offered(Track("TR_fr"), speaker="ana", language="fr"),
    ):
        await asyncio.sleep(_SOON)
        audience.listen([Listener("lia", "fr")])
        await asyncio.sleep(_SOON)
        assert publisher.told[-1] == {"lia": ["TR_fr"]}
        while not asked.empty():
            assert asked.get_nowait() == ("lia", ["TR_fr"])
        audience.listen([Listener("lia", "es")])
        await asyncio.sleep(_SOON)
        assert publisher.told[-1] == {"lia": ["TR_es"]}
        assert asked.get_nowait() == ("lia", ["TR_es"])
    await audience.aclose()
    assert asked.empty(), "a track that was never heard before is subscribed to by the client"


@on_a_virtual_clock
async def test_the_server_is_told_what_has_changed_and_nothing_else() -> None:
    publisher = Publisher()
    audience = Audience(publisher)
    audience.listen([Listener("lia", "es")])
    assert publisher.told == [{"lia": []}], "the first goes out before a track"
    audience.listen([Listener("lia", "es")])
    with audience.offered(Track("TR_fr"), speaker="ana", language="fr"):
        await asyncio.sleep(_SOON)
    assert publisher.told == [{"lia": []}]
    await asyncio.sleep(_SOON)
    audience.tell_again()
    assert publisher.told == [{"lia": []}] * 2
    await audience.aclose()


@on_a_virtual_clock
async def test_a_track_that_has_gone_is_allowed_to_nobody() -> None:
    publisher = Publisher()
    audience = Audience(publisher)
    audience.listen([Listener("lia", "es")])
    with audience.offered(Track("TR_es"), speaker="ana", language="es"):
        await asyncio.sleep(_SOON)
        assert publisher.told[-1] == {"lia": ["TR_es"]}
    await asyncio.sleep(_SOON)
    assert publisher.told[-1] == {"lia": []}
    await audience.aclose()
    told = len(publisher.told)
    await asyncio.sleep(2.0)
    assert len(publisher.told) == told, "who has left the room tells it no more"


@on_a_virtual_clock
async def test_tracks_that_have_gone_are_forgotten_though_their_listeners_stay() -> None:
    """A microphone that is opened a thousand times in a day is a thousand tracks."""
    audience = Audience(Publisher())
    audience.listen([Listener("lia", "es"), Listener("all")])
    for number in range(50):
        with audience.offered(Track(f"TR_{number}"), speaker="ana", language="es"):
            await asyncio.sleep(_SOON)
    await asyncio.sleep(_SOON)
    assert not any(audience._ever.values())
    await audience.aclose()


@on_a_virtual_clock
async def test_after_a_reconnect_the_same_people_may_hear_the_same_voices() -> None:
    publisher = Publisher()
    audience = Audience(publisher)
    audience.listen([Listener("lia", "es"), Listener("all")])
    spanish, french = Track("TR_es"), Track("TR_fr")
    with (
        audience.offered(spanish, speaker="ana", language="es"),
        audience.offered(french, speaker="ana", language="fr"),
    ):
        await asyncio.sleep(_SOON)
        spanish.sid, french.sid = "TR_es2", "TR_fr2"
        audience.tell_again()
        assert publisher.told[-1] == {"lia": ["TR_es2"], "all": None}
    await audience.aclose()


@pytest.mark.parametrize(("pause", "late"), [(0.0, 0.04), (0.1, 0.15), (0.1, 0.9)])
@on_a_virtual_clock
async def test_who_may_hear_what_is_right_in_the_end_when_one_set_overtakes_another(
    pause: float, late: float
) -> None:
    """The set with the first track alone is late, the one with both is not."""
    publisher = Hurried([0.0, late])
    audience = Audience(publisher)
    audience.listen([Listener("lia", "es"), Listener("luc", "fr")])
    with audience.offered(Track("TR_es"), speaker="ana", language="es"):
        await asyncio.sleep(pause)
        with audience.offered(Track("TR_fr"), speaker="ana", language="fr"):
            await asyncio.sleep(2.0)
            assert publisher.told[-1] == {"lia": ["TR_es"], "luc": ["TR_fr"]}
    await audience.aclose()
