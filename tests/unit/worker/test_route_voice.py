"""A speaker sounds otherwise from the next clause on, and nothing of the one before is lost."""

import asyncio

import pytest
from livekit.agents import tts

from agent.engines import Voice
from agent.route_voice import RouteVoice
from tests.fakes.engines import FakeTTS

pytestmark = pytest.mark.unit


class Engine(FakeTTS):
    """Knows how it is to sound, at what speed, and whether it was closed."""

    def __init__(self, wished: str) -> None:
        super().__init__()
        self.wished = wished
        self.speeds: list[float] = []
        self.is_closed = False

    async def aclose(self) -> None:
        await asyncio.sleep(0)
        self.is_closed = True


class Cast:
    """Engines, in the order in which they were made."""

    def __init__(self, *, has_speed: bool = True) -> None:
        self.engines: list[Engine] = []
        self._has_speed = has_speed

    def create(self, wished: str) -> Voice:
        engine = Engine(wished)
        self.engines.append(engine)
        return Voice(engine, engine.speeds.append if self._has_speed else None)

    @property
    def names(self) -> list[str]:
        return [engine.wished for engine in self.engines]


async def say(voice: RouteVoice) -> tts.ChunkedStream:
    """Say one clause to its end."""
    async with voice.synthesize("alpha over.") as stream:
        assert [event async for event in stream]
    return stream


async def test_another_voice_speaks_from_the_next_clause_on() -> None:
    cast = Cast()
    voice = RouteVoice(cast.create, "female")
    assert voice.set_speed is not None
    async with voice.synthesize("alpha over.") as stream:
        voice.change("male")
        voice.set_speed(1.2)
        assert not cast.engines[0].is_closed
        assert [event async for event in stream], "what is being said is said to its end"
    await say(voice)
    female, male = cast.engines
    assert (female.asked, male.asked) == (1, 1)
    assert (female.speeds, male.speeds) == ([], [1.2])
    await voice.aclose()
    assert female.is_closed and male.is_closed


async def test_voices_that_are_not_needed_any_more_do_not_pile_up() -> None:
    cast = Cast()
    voice = RouteVoice(cast.create, "")
    for wished in ("male", "female", "female", "anna"):
        voice.change(wished)
    await say(voice)
    assert cast.names == ["", "male", "female", "anna"]
    assert [engine.is_closed for engine in cast.engines] == [True, True, True, False]
    await voice.aclose()


async def test_voices_without_a_speed_have_none_together() -> None:
    voice = RouteVoice(Cast(has_speed=False).create, "")
    assert voice.set_speed is None
    await voice.aclose()
