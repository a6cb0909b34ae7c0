"""Somebody who wants to sound otherwise while they talk."""

import pytest

from tests.fakes import tones
from tests.fakes.engines import FakeEngines, FakeTTS
from tests.integration.interpreted import heard, interpreter
from tests.integration.room import Place, ear, microphone

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

ES = "translation/ana/es"


async def test_no_word_is_lost_by_a_change_of_voice(place: Place) -> None:
    voices: list[FakeTTS] = []

    def voice() -> FakeTTS:
        voices.append(FakeTTS())
        return voices[-1]

    engines = FakeEngines(voice)
    said = "alpha bravo charlie delta echo alpha bravo charlie delta echo over."
    async with (
        place.join("ana") as ana,
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place, engines),
        microphone(ana) as ana_speaks,
    ):
        await listener.wait_for(lambda: ES in listener.audible)
        track = dict(listener.tracks)
        ana_speaks.say(said)
        await listener.wait_for(lambda: any("bravo" in one.text for one in listener.captions))
        await ana.local_participant.set_attributes({"interpreter.voice": "male"})
        await listener.wait_for(lambda: heard(listener, ES, tones.translate(said, "es")))
        await listener.wait_for(lambda: listener.finals("en") == [said])
        assert listener.tracks == track
        assert engines.cast == [("ana", "es", "anna"), ("ana", "es", "otto")]
        assert voices[1].asked
