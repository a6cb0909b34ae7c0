"""Who has left for good."""

import asyncio

import pytest

from agent.absences import ABSENT_SECONDS, Absences
from agent.evaluation.virtual_time import run

pytestmark = pytest.mark.unit


async def gone(*happens: tuple[float, str, str]) -> list[tuple[str, float]]:
    """Who is told of as gone, and when.

    Args:
        happens: after so many seconds ``left``, ``returned`` or ``close``; and who.
    """
    loop = asyncio.get_running_loop()
    told: list[tuple[str, float]] = []
    # A timer that fails tells nobody else.
    loop.set_exception_handler(lambda _, problem: told.append((problem["message"], loop.time())))
    absences = Absences(lambda identity: told.append((identity, round(loop.time(), 3))))
    for when, what, who in happens:
        await asyncio.sleep(when - loop.time())
        getattr(absences, what)(*([who] if who else []))
    await asyncio.sleep(10 * ABSENT_SECONDS)
    return told


@pytest.mark.parametrize(
    ("happens", "told"),
    [
        ([(0.0, "left", "ana"), (1.0, "left", "ben")], [("ana", 60.0), ("ben", 61.0)]),
        ([(0.0, "left", "ana"), (59.0, "returned", "ana")], []),
        (
            [(0.0, "left", "ana"), (5.0, "returned", "ana"), (6.0, "left", "ana")],
            [("ana", 66.0)],
        ),
        ([(0.0, "left", "ana"), (6.0, "left", "ana")], [("ana", 66.0)]),
        ([(0.0, "returned", "ana")], []),
        ([(0.0, "left", "ana"), (1.0, "close", "")], []),
    ],
)
def test_only_who_stays_away_is_gone(
    happens: list[tuple[float, str, str]], told: list[tuple[str, float]]
) -> None:
    assert run(gone(*happens), virtual=True, work_is_free=True) == told
