import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.fakes.kokoro_session import ScriptedSession, WatchedEngine


@pytest.fixture(autouse=True)
async def no_task_is_left() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert not left, left


@pytest.fixture
def session() -> ScriptedSession:
    return ScriptedSession()


@pytest.fixture
def engine(session: ScriptedSession) -> Iterator[WatchedEngine]:
    shared = WatchedEngine(session)
    yield shared
    shared.close()
