"""What every unit test gets, or can ask for."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.fakes.stopped_clock import StoppedClock, stopped_clock


@pytest.fixture(autouse=True)
async def no_failed_callbacks() -> AsyncIterator[None]:
    """Fails a test in which a callback of the event loop has failed, which asyncio but logs."""
    failed: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, problem: failed.append(problem))
    yield
    assert not failed, failed


@pytest.fixture
async def clock() -> AsyncIterator[StoppedClock]:
    """The loop's time, which stands still unless it is moved."""
    with stopped_clock() as stopped:
        yield stopped
