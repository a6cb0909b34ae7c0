"""Following a log that is being written."""

import asyncio
from pathlib import Path

import pytest

from agent.demo.event_tail import follow

pytestmark = pytest.mark.unit


async def test_lines_come_as_they_are_written_and_half_a_line_is_waited_for(
    tmp_path: Path,
) -> None:
    path = tmp_path / "events.jsonl"
    lines = follow(path)
    first = asyncio.ensure_future(anext(lines))
    await asyncio.sleep(0)  # the file is not there yet
    path.write_text('{"n": 1}\n{"n": ')
    assert await first == {"n": 1}
    second = asyncio.ensure_future(anext(lines))
    with path.open("a") as file:
        file.write('2}\n{"n": 3}\n')
    assert [await second, await anext(lines)] == [{"n": 2}, {"n": 3}]
    await lines.aclose()
