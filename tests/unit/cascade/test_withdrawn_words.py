"""Whatever the recogniser takes back and the translator fails at: all that was said is spoken once,
and nothing else is."""

import asyncio
import random
from collections.abc import Iterator

import pytest
from livekit.agents import APIConnectionError

from livekit.plugins.cascade import (
    CascadeEvent,
    Hypothesis,
    OnPartial,
    TargetStream,
    TranslationRequest,
)
from livekit.plugins.cascade.reader import SegmentReader
from livekit.plugins.cascade.segmenter import Segmenter, SegmenterOptions
from livekit.plugins.cascade.text import without_marks
from livekit.plugins.cascade.types import SourceSegment, Word

pytestmark = pytest.mark.unit


class Unsteady:
    """Translates word by word and goes on from what is committed. Its drafts fail, or end, where
    chance has it."""

    source_language = "en"
    target_language = "es"

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    async def translate(
        self, request: TranslationRequest, on_partial: OnPartial | None = None
    ) -> Hypothesis:
        await asyncio.sleep(0)
        words = [f" {word}" for word in request.source.upper().split()]
        text, rest = request.committed, words[len(request.committed.split()) :]
        end = len(rest) if request.final or self._chance.random() < 0.7 else len(rest) // 2
        for count, word in enumerate(rest[:end]):
            if not request.final and self._chance.random() < 0.2:
                raise APIConnectionError("the translator breaks off", retryable=False)
            text = (text + word).lstrip()
            if on_partial is not None and count < end - 1:
                on_partial(Hypothesis(text, complete=False))
            await asyncio.sleep(0)
        return Hypothesis(text, complete=end == len(rest))


def snapshots(chance: random.Random, said: list[str]) -> Iterator[list[SourceSegment]]:
    """What a recogniser hears of ``said``, whose guesses of the next words are all wrong."""
    numbers = iter(range(100))
    segmenter = Segmenter(
        new_segment_id=lambda: f"s{next(numbers)}", options=SegmenterOptions(max_words=100)
    )

    def told(words: list[str]) -> list[Word]:
        return [Word(word, 0.3 * index, 0.3 * index + 0.2) for index, word in enumerate(words)]

    begun = 0
    while begun < len(said):
        count = chance.randint(0, 2)
        committed, begun = said[begun : begun + count], begun + count
        guess = [f"wrong{chance.randint(0, 2)}" for _ in range(chance.randint(0, 6))]
        yield segmenter.update(
            committed=told(committed),
            tail=told(guess),
            language="en",
            media_time=0.0,
            wall_time=0.0,
        )
        if chance.random() < 0.4:
            yield segmenter.end_of_speech(language="en", media_time=0.0, wall_time=0.0)
    yield segmenter.end_of_speech(language="en", media_time=0.0, wall_time=0.0, force=True)


@pytest.mark.parametrize("seeds", [range(50), range(50, 100)], ids=str)
async def test_nothing_that_was_taken_back_is_spoken_and_nothing_that_was_said_is_lost(
    seeds: range,
) -> None:
    for seed in seeds:
        chance = random.Random(seed)
        said = [f"word{index}" for index in range(chance.randint(1, 15))]
        committed = await spoken(chance, said)
        assert [without_marks(word) for word in committed] == said, seed


async def spoken(chance: random.Random, said: list[str]) -> list[str]:
    """Every word that was committed to speech."""
    events: list[CascadeEvent] = []
    reader = SegmentReader()
    target = TargetStream(
        source=reader, speaker="ana", translator=Unsteady(chance), on_event=events.append
    )
    target.start()
    for published in snapshots(chance, said):
        for snapshot in published:
            reader.put(snapshot)
        for _ in range(chance.choice([0, 2, 20])):
            await asyncio.sleep(0)
    reader.end()
    async with asyncio.timeout(5):
        await target.drain()
    commits = (str(event.data["text"]) for event in events if event.kind == "commit")
    return "".join(commits).replace(",", ", ").split()
