"""The promise in a browser: somebody speaks into it, and somebody else hears another language.

Nothing stands in for anything: `python -m agent.web` runs as `make web` runs it, with a real
livekit-server, the real worker and real models.
"""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from agent.evaluation.material import SAMPLE_RATE, decode
from agent.evaluation.recording import write_wav
from agent.models import Store
from agent.models.store import default_root
from livekit.plugins.faster_whisper import Recognizer
from tests.browser.chromium import browsing
from tests.browser.command import web
from tests.browser.visitor import RATE, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.timeout(400)]

# Until the interpreter listens to a microphone that was just opened.
_BEFORE_SECONDS = 5
# A machine that computes slowly falls silent in the middle: for over four seconds without VNNI.
_QUIET_SECONDS = 12
_SOUND_PEAK = 500
_PATIENCE_MS = 90_000


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    """Eleven seconds of a famous address, after a silence."""
    said = decode(Store(default_root()).ensure("demo-audio") / "jfk.wav")
    file = tmp_path / "speech.wav"
    before = np.zeros(_BEFORE_SECONDS * SAMPLE_RATE, said.dtype)
    write_wav(file, np.concatenate([before, said]), SAMPLE_RATE)
    return file


class Recording:
    """What a page plays, until it has been quiet for a while."""

    def __init__(self) -> None:
        self._parts: list[NDArray[np.int16]] = []
        self._quiet = 0.0
        self._changed = asyncio.Event()

    def take(self, samples: NDArray[np.int16]) -> None:
        self._parts.append(samples)
        loud = np.abs(samples.astype(np.int32)).max() > _SOUND_PEAK
        self._quiet = 0.0 if loud else self._quiet + len(samples) / RATE
        self._changed.set()

    async def wait_quiet(self) -> NDArray[np.float32]:
        """All of it, as Whisper takes it: 16 kHz, -1 to 1."""
        while self._quiet < _QUIET_SECONDS:
            self._changed.clear()
            await self._changed.wait()
        whole = np.concatenate(self._parts).astype(np.float32) / 32768
        thirds: NDArray[np.float32] = whole[: len(whole) // 3 * 3].reshape(-1, 3).mean(axis=1)
        return thirds


async def test_what_is_said_into_one_browser_is_heard_in_another_language_in_another(
    chromium: str, speech: Path, recognizer: Recognizer
) -> None:
    async with (
        web("--languages", "en,es") as address,
        browsing(chromium, microphone=speech) as anas,
        browsing(chromium) as lias,
    ):
        lia, ana = Visitor(await lias.new_page()), Visitor(await anas.new_page())
        await lia.join(address, name="Lia", hears="es")
        await lia.wait_for_status("You hear Spanish")
        await ana.join(address, name="Ana", speaks="en", hears="original")
        await ana.wait_for_status("You are listened to")
        track = await lia.page.locator("audio[data-track^='translation/Ana-']").get_attribute(
            "data-track"
        )
        assert track is not None
        recording = Recording()
        lia.page.set_default_timeout(_PATIENCE_MS)
        await lia.listen(track, recording.take)
        await lia.wait_until_reads("country", "source")
        await lia.wait_until_reads("país")
        assert set(await lia.reads("speaker")) == {"Ana"}
        assert await ana.voices() == []
        heard = await recording.wait_quiet()
        await ana.page.get_by_role("button", name="Mute", exact=True).click()
        await ana.wait_for_status("Your microphone is muted")
        await ana.page.get_by_role("button", name="Unmute").click()
        await ana.wait_for_status("You are listened to")
    understood = await recognizer.in_turns(recognizer.transcribing(heard, "es"))
    assert "país" in "".join(word.text for word in understood.words)
