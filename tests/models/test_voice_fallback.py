"""`INTERPRETER_TTS=edge_tts,kokoro` where the network voice cannot be reached."""

import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

import numpy as np
import pytest
from livekit.agents.stt import STT

from agent.config import Settings
from agent.engines import EngineError, Engines, import_plugins
from agent.engines.files import ModelFiles
from agent.engines.plugins import voices
from tests.fakes.engines import FakeSTT

pytestmark = [pytest.mark.models, pytest.mark.usefixtures("clean_environment")]

# Nothing listens there, so connecting fails as it does without a network.
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
async def engines() -> AsyncIterator[Engines]:
    settings = Settings(tts={"engines": ("edge_tts", "kokoro"), "edge_proxy": NOWHERE})
    import_plugins(settings)
    files = ModelFiles(settings, print)
    loaded = Engines(
        settings,
        recognisers=[],
        models=[],
        voices=[voices(name, settings, files) for name in settings.tts.engines],
    )
    yield loaded
    loaded.close()


class AnyLanguage:
    """Stands for a recogniser, which is not what is tested here."""

    busy = False

    def create(self, languages: Sequence[str], keyterms: Sequence[str] = ()) -> FakeSTT:
        return FakeSTT(languages)

    def expect(self, stt: STT[Any], keyterms: Sequence[str]) -> None:
        return

    def create_direct(self, language: str) -> FakeSTT:
        return FakeSTT([language], writes="en")

    def warm_up(self) -> None:
        return

    def close(self) -> None:
        return


async def _say(engines: Engines, text: str) -> tuple[float, float]:
    """Seconds of sound, and seconds until the first of it."""
    voice = engines.tts("es")
    started = time.monotonic()
    sound = first = 0.0
    try:
        async with voice.tts.synthesize(text) as stream:
            async for audio in stream:
                first = first or time.monotonic() - started
                loud = np.abs(np.frombuffer(audio.frame.data, dtype=np.int16)) > 500
                sound += float(loud.any()) * audio.frame.duration
    finally:
        await voice.aclose()
    return sound, first


async def test_the_offline_voice_speaks(engines: Engines) -> None:
    sound, first = await _say(engines, "Buenos días a todos.")
    assert sound > 0.5
    assert first < 10.0, "on a busy machine; alone it is about one second"


def test_a_language_that_no_voice_speaks() -> None:
    offline = Settings(tts={"engines": ("kokoro",)}, target_languages=("es", "sv"))
    import_plugins(offline)
    voice = voices("kokoro", offline, ModelFiles(offline, print))
    only = Engines(offline, recognisers=[AnyLanguage()], models=[], voices=[voice])
    with pytest.raises(EngineError, match=r"INTERPRETER_TARGET_LANGUAGES: sv .*speaks en, es, fr"):
        only.check_languages()
    only.close()
