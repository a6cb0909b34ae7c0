"""What a room's metadata says about names and terms, as the listener hears it."""

import json

import pytest

from tests.fakes import tones
from tests.integration.interpreted import SENTENCE, conversation, heard
from tests.integration.room import Place

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


async def test_terms_in_the_room_s_metadata_are_heard(place: Place) -> None:
    await place.open('{"interpreter": {"glossary": {"es": {"bravo": "echoes"}}}}')
    async with conversation(place) as (ana_speaks, listener):
        await listener.wait_for(lambda: listener.audible)
        ana_speaks.say(SENTENCE)
        expected = "alphaes echoes charliees overes."
        await listener.wait_for(lambda: heard(listener, "translation/ana/es", expected))


async def test_terms_that_change_reach_who_is_speaking(place: Place) -> None:
    async with conversation(place) as (ana_speaks, listener):
        await listener.wait_for(lambda: listener.audible)
        ana_speaks.say(SENTENCE)
        spanish = tones.translate(SENTENCE, "es")
        await listener.wait_for(lambda: heard(listener, "translation/ana/es", spanish))
        await place.describe('{"interpreter": {"glossary": {"es": {"bravo": "echoes"}}}}')
        ana_speaks.say(SENTENCE)
        expected = f"{spanish} alphaes echoes charliees overes."
        await listener.wait_for(lambda: heard(listener, "translation/ana/es", expected))
        assert len(listener.tracks) == 1


async def test_wrong_terms_are_told_of_and_nobody_goes_without_an_interpreter(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    await place.open('{"interpreter": {"glossary": {"es": "Asclepius"}}}')
    async with conversation(place) as (ana_speaks, listener):
        await listener.wait_for(lambda: listener.audible)
        ana_speaks.say(SENTENCE)
        spanish = tones.translate(SENTENCE, "es")
        await listener.wait_for(lambda: heard(listener, "translation/ana/es", spanish))
    assert "interpreter.glossary.es" in caplog.text
    assert "Asclepius" not in caplog.text


async def test_terms_beside_wrong_ones_are_heard(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    terms = {"glossary": {"es": {"bravo": "echoes"}}, "domain": "Asclepius " * 51}
    await place.open(json.dumps({"interpreter": terms}))
    async with conversation(place) as (ana_speaks, listener):
        await listener.wait_for(lambda: listener.audible)
        ana_speaks.say(SENTENCE)
        expected = "alphaes echoes charliees overes."
        await listener.wait_for(lambda: heard(listener, "translation/ana/es", expected))
    assert "interpreter.domain" in caplog.text
    assert "Asclepius" not in caplog.text
