"""Who is hidden in a room is looked for again and again."""

import asyncio
from collections import deque

import pytest

from agent.hidden import HiddenPeople, HiddenPerson

pytestmark = pytest.mark.unit

SUE = HiddenPerson("sue", {"interpreter.hears": "es"})
RECORDER = HiddenPerson("recorder", {})
Found = tuple[HiddenPerson, ...] | None


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

    hidden = HiddenPeople(look, on_change=lambda: told.append(hidden.people), seconds=1e-6)
    hidden.start()
    async with asyncio.timeout(5):
        await all_looked.wait()
    await hidden.aclose()
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

    hidden = HiddenPeople(look, on_change=lambda: None, seconds=0)
    hidden.start()
    await asyncio.sleep(0)
    await hidden.aclose()
    assert not looks and not hidden.people
