"""The model that streams share."""

import pytest

from tests.fakes.whisper_stream import ScriptedRecognizer, spoken

pytestmark = pytest.mark.unit


async def test_a_model_says_while_it_computes() -> None:
    recognizer = ScriptedRecognizer(spoken("Good morning."))
    assert not recognizer.busy
    assert await recognizer.submit(lambda: recognizer.busy)
    assert not recognizer.busy
    recognizer.close()
