"""Who is in a room unseen is looked for again and again."""

import asyncio
from collections import deque

import pytest

from agent.unseen import RoomMember, UnseenPeople

pytestmark = pytest.mark.unit

SUE = RoomMember("sue", {"interpreter.hears": "es"})
RECORDER = RoomMember("recorder", {})
Found = tuple[RoomMember, ...] | None


async def seen(*looks: Found) -> list[Found]:
    """What is told as changed while the looks find these."""
    told: list[Found] = []
    all_looked = asyncio.Event()
    script = deque(looks)

    async def look() -> Found:
        if not script:
            all_looked.set()
            await asyncio.Event().wait()
        return script.popleft()

    def tell() -> None:
        told.append(tuple(unseen.besides({})))

    unseen = UnseenPeople(look, on_change=tell, seconds=1e-6)
    unseen.start()
    async with asyncio.timeout(5):
        await all_looked.wait()
    await unseen.aclose()
    return told


async def test_changes_are_told_once() -> None:
    assert await seen((), (SUE,), (SUE,), (SUE, RECORDER), ()) == [(SUE,), (SUE, RECORDER), ()]


async def test_a_look_that_fails_changes_nothing() -> None:
    assert await seen((SUE,), None, (SUE,)) == [(SUE,)]


async def test_nobody_looks_where_it_is_switched_off() -> None:
    looks: list[None] = []

    async def look() -> Found:
        looks.append(None)
        return (SUE,)

    unseen = UnseenPeople(look, on_change=lambda: None, seconds=0)
    unseen.start()
    await asyncio.sleep(0)
    await unseen.aclose()
    assert await unseen.find("sue") is None
    assert not looks and not unseen.besides({})


async def test_who_is_told_of_or_has_left_is_not_unseen() -> None:
    unseen = UnseenPeople(both, on_change=lambda: None, seconds=3600)
    assert await unseen.find("sue") == SUE
    assert unseen.besides({"sue": None}) == [RECORDER]
    unseen.forget("recorder")
    assert unseen.besides({}) == [SUE]


async def test_who_is_not_known_yet_is_looked_for_at_once_and_told_of() -> None:
    told: list[None] = []
    unseen = UnseenPeople(both, on_change=lambda: told.append(None), seconds=3600)
    assert [await unseen.find(name) for name in ("sue", "recorder", "sue")] == [SUE, RECORDER, SUE]
    assert await unseen.find("nobody") is None
    assert told == [None]


async def test_one_look_tells_of_all_who_call_meanwhile() -> None:
    hall = tuple(RoomMember(f"listener-{number}", {}) for number in range(9))
    looks: list[None] = []

    async def look() -> Found:
        looks.append(None)
        await asyncio.sleep(0)
        return hall

    unseen = UnseenPeople(look, on_change=lambda: None, seconds=3600)
    found = await asyncio.gather(*(unseen.find(one.identity) for one in hall))
    assert tuple(found) == hall
    assert len(looks) == 1


async def test_who_came_after_a_look_began_is_looked_for_again() -> None:
    begun: list[None] = []

    async def look() -> Found:
        begun.append(None)
        there = both if len(begun) > 1 else only_sue
        await asyncio.sleep(0)
        return await there()

    unseen = UnseenPeople(look, on_change=lambda: None, seconds=3600)
    sue, recorder = await asyncio.gather(unseen.find("sue"), unseen.find("recorder"))
    assert (sue, recorder) == (SUE, RECORDER)


async def only_sue() -> Found:
    return (SUE,)


async def both() -> Found:
    return (SUE, RECORDER)
