"""How long a microphone is left alone."""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from agent.evaluation.virtual_time import run
from agent.rests import Rests
from agent.routing import Speaker

pytestmark = pytest.mark.unit

ANA = Speaker("ana", "TR_ana", ("en",))
GERMAN = replace(ANA, languages=("de",))
Event = Callable[[Rests], None]


def failed(lasted: float = 0.0) -> Event:
    return lambda rests: rests.failed(ANA, lasted)


def ended(rests: Rests) -> None:
    rests.ended(ANA)


def refused(rests: Rests) -> None:
    rests.refused(ANA)


async def rest_after_each(events: Sequence[Event], *, before: Sequence[Event] = ()) -> list[float]:
    """Seconds that Ana rests after each, the one beginning when the rest before is over.

    Args:
        before: what happens all at once before that.
    """
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    rests, rested = Rests(over.set), []
    # A timer that fails tells nobody else.
    loop.set_exception_handler(lambda _, problem: rested.append(math.nan))
    for event in before:
        event(rests)
    for event in events:
        began = loop.time()
        event(rests)
        assert ANA in rests
        await over.wait()
        over.clear()
        assert ANA not in rests
        rested.append(round(loop.time() - began, 3))
    return rested


@pytest.mark.parametrize(
    ("events", "seconds"),
    [
        ([failed()] * 4, [1.0, 5.0, 30.0, 30.0]),
        ([failed(), ended, failed()], [1.0, 1.0, 1.0]),
        ([failed(), failed(lasted=59.0), failed(lasted=60.0)], [1.0, 5.0, 1.0]),
        ([refused], [30.0]),
    ],
)
def test_who_fails_again_and_again_rests_ever_longer(
    events: Sequence[Event], seconds: list[float]
) -> None:
    assert run(rest_after_each(events), virtual=True, work_is_free=True) == seconds


async def test_who_speaks_another_language_does_not_rest() -> None:
    rests = Rests(lambda: None)
    refused(rests)
    assert ANA in rests
    assert GERMAN not in rests
    rests.close()


def test_a_microphone_that_has_gone_is_forgotten() -> None:
    gone: list[Event] = [failed(), failed(), lambda rests: rests.keep({GERMAN})]
    comes_back = rest_after_each([failed()] * 2, before=gone)
    assert run(comes_back, virtual=True, work_is_free=True) == [1.0, 5.0]


def test_a_rest_that_begins_anew_lasts_its_whole_time() -> None:
    rests = rest_after_each([refused], before=[failed()])
    assert run(rests, virtual=True, work_is_free=True) == [30.0]


async def test_those_who_are_kept_rest_on() -> None:
    rests = Rests(lambda: None)
    refused(rests)
    rests.keep({ANA})
    assert ANA in rests
    rests.close()
    assert ANA not in rests
