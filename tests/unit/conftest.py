"""What every unit test gets."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
async def no_failed_callbacks() -> AsyncIterator[None]:
    """Fails a test in which a callback of the event loop has failed, which asyncio but logs."""
    failed: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, problem: failed.append(problem))
    yield
    assert not failed, failed
