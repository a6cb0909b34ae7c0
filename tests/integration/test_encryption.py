"""End-to-end encrypted rooms: real clients encrypt, and a real server passes it on unread."""

import asyncio
import logging
from collections.abc import Iterator

import pytest

from agent.encryption import logger
from agent.language_choice import SET_LANGUAGE
from tests.fakes import tones
from tests.integration.interpreted import SENTENCE, heard, interpreter
from tests.integration.room import PATIENCE_SECONDS, Place, ear, microphone

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

KEY = "known to those in the room"


class Warnings(logging.Handler):
    """What the interpreter warns of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []
        self._changed = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """Take one; called in the event loop's thread, as the interpreter is."""
        self.records.append(record)
        self._changed.set()

    async def only(self, text: str) -> str:
        """Wait for a warning, of one microphone alone; returns whose it is."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self.records:
                await self._changed.wait()
        (record,) = self.records
        assert text in record.getMessage()
        return str(getattr(record, "lk.pii.speaker"))


@pytest.fixture
def warnings() -> Iterator[Warnings]:
    handler = Warnings()
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


async def test_who_has_the_key_hears_and_reads_and_nobody_else(place: Place) -> None:
    async with (
        place.join("ana", key=KEY) as ana,
        place.join("listener", key=KEY) as listening,
        place.join("stranger") as strange,
        ear(listening) as listener,
        ear(strange) as stranger,
        interpreter(place, key=KEY),
        microphone(ana) as ana_speaks,
    ):
        await listener.wait_for(lambda: listener.audible)
        await stranger.wait_for(lambda: bool(stranger.subscriptions["translation/ana/es"]))
        ana_speaks.say(SENTENCE)
        spanish = tones.translate(SENTENCE, "es")
        await listener.wait_for(lambda: heard(listener, "translation/ana/es", spanish))
        await listener.wait_for(lambda: listener.finals("en") == [SENTENCE])
        await listener.wait_for(lambda: listener.finals("es") == [spanish])
        assert {c.attributes["interpreter.speaker"] for c in listener.captions} == {"ana"}
        assert not stranger.captions
        assert not set(spanish.split()) <= set(stranger.heard["translation/ana/es"])


async def test_a_language_can_be_asked_for_by_a_call(place: Place) -> None:
    async with (
        place.join("ana", key=KEY) as ana,
        place.join("listener", key=KEY) as listening,
        ear(listening) as listener,
        interpreter(place, key=KEY, target_languages=("es", "fr")),
        microphone(ana) as ana_speaks,
    ):
        await listener.wait_for(lambda: len(listener.audible) == 2)
        await listener.me.perform_rpc(
            destination_identity="interpreter", method=SET_LANGUAGE, payload="fr"
        )
        ana_speaks.say(SENTENCE)
        french = tones.translate(SENTENCE, "fr")
        await listener.wait_for(lambda: heard(listener, "translation/ana/fr", french))
        await listener.wait_for(lambda: listener.finals("fr") == [french])
        assert not listener.heard["translation/ana/es"]
        assert {caption.language for caption in listener.captions} == {"en", "fr"}


async def test_without_a_key_nothing_is_made_up_of_what_cannot_be_understood(
    place: Place, warnings: Warnings
) -> None:
    async with (
        place.join("ana", key=KEY) as ana,
        place.join("ben") as ben,
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place),
        microphone(ana) as ana_speaks,
        microphone(ben),
    ):
        assert await warnings.only("for its room there is no key") == "ana"
        ana_speaks.say(SENTENCE)
        await ana_speaks.wait_said()
        await listener.wait_for(lambda: bool(listener.tracks))
        assert list(listener.tracks) == ["translation/ben/es"]
    assert len(warnings.records) == 1


async def test_another_key_is_warned_of(place: Place, warnings: Warnings) -> None:
    async with (
        place.join("ana", key=KEY) as ana,
        place.join("ben", key="another") as ben,
        interpreter(place, key=KEY),
        microphone(ana),
        microphone(ben),
    ):
        assert await warnings.only("cannot be decrypted") == "ben"


async def test_somebody_who_comes_back_with_another_key_is_warned_of(
    place: Place, warnings: Warnings
) -> None:
    async with (
        place.join("listener", key=KEY) as listening,
        ear(listening) as listener,
        interpreter(place, key=KEY),
    ):
        async with place.join("ana", key=KEY) as ana, microphone(ana) as ana_speaks:
            await listener.wait_for(lambda: listener.audible)
            ana_speaks.say(SENTENCE)
            await listener.wait_for(lambda: listener.finals("en") == [SENTENCE])
        async with place.join("ana", key="another") as ana, microphone(ana):
            assert await warnings.only("cannot be decrypted") == "ana"


async def test_who_does_not_encrypt_is_interpreted_and_warned_of(
    place: Place, warnings: Warnings
) -> None:
    async with (
        place.join("ana") as ana,
        place.join("listener", key=KEY) as listening,
        ear(listening) as listener,
        interpreter(place, key=KEY),
        microphone(ana) as ana_speaks,
    ):
        await listener.wait_for(lambda: listener.audible)
        ana_speaks.say(SENTENCE)
        spanish = tones.translate(SENTENCE, "es")
        await listener.wait_for(lambda: heard(listener, "translation/ana/es", spanish))
        await listener.wait_for(lambda: listener.finals("en") == [SENTENCE])
        assert await warnings.only("is not end-to-end encrypted") == "ana"
