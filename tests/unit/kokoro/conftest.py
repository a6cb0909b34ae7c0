from collections.abc import Iterator

import pytest

from tests.fakes.kokoro_session import ScriptedSession, WatchedEngine


@pytest.fixture
def session() -> ScriptedSession:
    return ScriptedSession()


@pytest.fixture
def engine(session: ScriptedSession) -> Iterator[WatchedEngine]:
    shared = WatchedEngine(session)
    yield shared
    shared.close()
