"""The channel from the recogniser to a translator."""

import asyncio

import pytest

from livekit.plugins.cascade.reader import SegmentReader
from livekit.plugins.cascade.types import SourceSegment, Word

pytestmark = pytest.mark.unit


def snapshot(segment_id: str, text: str, *, final: bool = False) -> SourceSegment:
    words = tuple(Word(word, 0.0, 0.0) for word in text.split())
    return SourceSegment(segment_id, "en", words, (), final, 0.0, 0.0)


async def test_a_slow_reader_skips_drafts_and_loses_no_final() -> None:
    reader = SegmentReader()
    for text in ("a", "a b", "a b c"):
        reader.put(snapshot("1", text))
    reader.put(snapshot("1", "a b c d", final=True))
    reader.put(snapshot("2", "e"))
    reader.put(snapshot("2", "e f"))
    reader.end()
    read = [(s.segment_id, len(s.committed), s.final) async for s in reader]
    assert read == [("1", 4, True), ("2", 2, False)]


async def test_a_waiting_reader_is_woken() -> None:
    reader = SegmentReader()
    waiting = asyncio.create_task(anext(reader))
    await asyncio.sleep(0)
    reader.put(snapshot("1", "a"))
    assert (await waiting).segment_id == "1"


async def test_what_is_waited_for_stays_to_be_read() -> None:
    reader = SegmentReader()
    reader.put(snapshot("1", "a"))
    waiting = asyncio.create_task(reader.pending(lambda s: s.final))
    await asyncio.sleep(0)
    assert not waiting.done()
    reader.put(snapshot("1", "a b", final=True))
    await waiting
    assert (await anext(reader)).final


async def test_nothing_is_taken_after_the_end_and_close_tells_the_source() -> None:
    closed: list[SegmentReader] = []
    reader = SegmentReader(on_close=closed.append)
    reader.put(snapshot("1", "a"))
    reader.close()
    reader.put(snapshot("2", "b"))
    assert [s async for s in reader] == []
    assert closed == [reader]
