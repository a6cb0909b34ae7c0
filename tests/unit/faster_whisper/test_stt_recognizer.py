"""The model that streams share."""

import pytest

from tests.fakes.whisper_stream import ScriptedRecognizer, spoken

pytestmark = pytest.mark.unit


async def test_a_model_says_while_it_computes() -> None:
    recognizer = ScriptedRecognizer(spoken("Good morning."))
    assert not recognizer.busy
    assert recognizer.busy_seconds == 0.0
    assert await recognizer.submit(lambda: recognizer.busy)
    assert not recognizer.busy
    assert recognizer.busy_seconds > 0.0
    recognizer.close()
