"""Captions on a slow channel: interims are skipped, finals are not."""

import asyncio
import logging
from collections.abc import Mapping

import pytest

from agent.publication import (
    CaptionPublisher,
    CaptionQueue,
    CaptionTarget,
    Readers,
    caption_attributes,
    in_batches,
)
from livekit.plugins.cascade import Caption
from tests.logs import told

pytestmark = pytest.mark.unit

ANA = CaptionTarget("ana", "TR_1")


def _caption(segment: str, text: str, *, tail: str = "", final: bool = False) -> Caption:
    return Caption(
        segment_id=segment,
        source_segment_id=f"{segment}-source",
        language="es",
        committed=text,
        tail=tail,
        final=final,
        is_translation=True,
        media_start=0.0,
        media_end=1.0,
    )


class SlowChannel:
    """Holds every text until it is let through."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.readers: list[Readers] = []
        self.open = asyncio.Event()
        self.waiting = asyncio.Event()

    async def send(
        self, text: str, sender: str, attributes: Mapping[str, str], readers: Readers
    ) -> None:
        self.waiting.set()
        await self.open.wait()
        if text == "poison":
            raise ConnectionError("the channel has broken")
        self.sent.append(text)
        self.readers.append(readers)


def test_only_the_newest_state_of_a_segment_waits() -> None:
    queue = CaptionQueue()
    for text in ("uno", "uno dos", "uno dos tres"):
        queue.put(_caption("a", text), ANA)
    assert len(queue) == 1
    assert queue.take()[0].text == "uno dos tres"


def test_a_final_replaces_its_interim_and_goes_first() -> None:
    queue = CaptionQueue()
    queue.put(_caption("a", "uno"), ANA)
    queue.put(_caption("b", "tres"), ANA)
    queue.put(_caption("a", "uno dos.", final=True), ANA)
    assert [queue.take()[0].text for _ in range(len(queue))] == ["uno dos.", "tres"]


async def test_a_slow_channel_sees_every_final_and_few_interims() -> None:
    channel = SlowChannel()
    publisher = CaptionPublisher(channel.send)
    publisher.publish(_caption("0", "first"), ANA)
    await channel.waiting.wait()
    for segment in range(1, 20):
        for words in range(1, 50):
            publisher.publish(_caption(str(segment), "word " * words), ANA)
        publisher.publish(_caption(str(segment), f"final {segment}", final=True), ANA)
    channel.open.set()
    await publisher.aclose()
    assert channel.sent == ["first", *(f"final {segment}" for segment in range(1, 20))]


async def test_a_caption_that_cannot_be_sent_does_not_end_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    channel = SlowChannel()
    channel.open.set()
    publisher = CaptionPublisher(channel.send)
    publisher.publish(_caption("a", "poison", final=True), ANA)
    publisher.publish(_caption("b", "dos", final=True), ANA)
    await publisher.aclose()
    assert channel.sent == ["dos"]
    assert "a caption could not be sent" in caplog.text
    publisher.publish(_caption("c", "tres", final=True), ANA)
    assert channel.sent == ["dos"], "nothing is sent after the end"


@pytest.mark.parametrize("connected", [[False], [True, False]], ids=["told", "not-told-yet"])
async def test_a_caption_that_the_end_of_the_room_overtakes_is_no_error(
    connected: list[bool], caplog: pytest.LogCaptureFixture
) -> None:
    channel = SlowChannel()
    channel.open.set()
    publisher = CaptionPublisher(
        channel.send, is_connected=lambda: connected.pop(0) if len(connected) > 1 else connected[0]
    )
    with caplog.at_level(logging.DEBUG, logger="interpreter.publication"):
        publisher.publish(_caption("a", "poison", final=True), ANA)
        await publisher.aclose()
    assert [record.levelname for record in told(caplog)] == ["DEBUG"]


async def test_captions_go_to_their_readers_and_are_not_sent_without_any() -> None:
    channel = SlowChannel()
    channel.open.set()
    readers = {"uno": ["lia"], "dos": [], "tres": None}
    publisher = CaptionPublisher(channel.send, readers=lambda caption: readers[caption.text])
    for text in readers:
        publisher.publish(_caption(text, text, final=True), ANA)
    await publisher.aclose()
    assert dict(zip(channel.sent, channel.readers, strict=True)) == {"uno": ["lia"], "tres": None}


def test_readers_are_named_in_batches_that_livekit_takes() -> None:
    readers = ["ana", "été", "bo", "a name that is too long"]
    assert list(in_batches(readers, limit=16)) == [["ana", "été"], ["bo"], [readers[-1]]]
    assert list(in_batches([])) == []


def test_attributes_are_those_of_livekits_clients() -> None:
    attributes = caption_attributes(_caption("SG_1", "uno", tail=" dos"), ANA)
    assert attributes == {
        "language": "es",
        "lk.segment_id": "SG_1",
        "lk.transcribed_track_id": "TR_1",
        "lk.transcription_final": "false",
        "interpreter.source_segment_id": "SG_1-source",
        "interpreter.speaker": "ana",
    }
