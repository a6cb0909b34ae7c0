"""Work that many events ask for."""

import asyncio

import pytest

from agent.evaluation.virtual_time import run
from agent.throttle import Throttle

pytestmark = pytest.mark.unit


def test_the_first_is_done_at_once_and_the_rest_together() -> None:
    done: list[float] = []

    async def fill_a_hall() -> None:
        loop = asyncio.get_running_loop()
        throttle = Throttle(lambda: done.append(round(loop.time(), 3)), seconds=0.1)
        for _ in range(5):
            throttle.ask("an event's argument")
            await asyncio.sleep(0.01)
        await asyncio.sleep(1.0)
        throttle.ask()
        throttle.ask()
        throttle.close()
        await asyncio.sleep(1.0)

    run(fill_a_hall(), virtual=True, work_is_free=True)
    assert done == [0.0, 0.1, 1.05]
