"""The cascade as a translation model of LiveKit's: what whoever runs it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from livekit.agents import APIConnectionError
from livekit.agents.beta.translation import OutputTranscript, TranslationModelError

from livekit.plugins.cascade import CascadeTranslationModel
from livekit.plugins.cascade.errors import CascadeError
from livekit.plugins.cascade.translation_model import CascadeTranslationSession

from .scripted import ScriptedSTT, Step, ToneTTS, final, silence
from .test_translator import ScriptedLLM

pytestmark = pytest.mark.unit


class Told:
    """A session, and what it has told."""

    def __init__(self, session: CascadeTranslationSession) -> None:
        self.session = session
        self.errors: list[TranslationModelError] = []
        self.said: list[OutputTranscript] = []
        self._changed = asyncio.Event()
        session.on("error", self._note_error)
        session.on("output_transcript", self._note_transcript)

    async def until(self, count: int) -> None:
        """Return when so many errors have been told."""
        while len(self.errors) < count:
            self._changed.clear()
            await self._changed.wait()

    def _note_error(self, error: TranslationModelError) -> None:
        self.errors.append(error)
        self._changed.set()

    def _note_transcript(self, transcript: OutputTranscript) -> None:
        self.said.append(transcript)


@asynccontextmanager
async def translating(
    *script: Step, llm: ScriptedLLM | None = None, voice: ToneTTS | None = None
) -> AsyncIterator[Told]:
    model = CascadeTranslationModel(
        stt=ScriptedSTT(*script),
        llm=llm or ScriptedLLM("HELLO", " ALL."),
        tts=voice or ToneTTS(),
        source_language="en",
        target_language="es",
    )
    told = Told(model.session())
    for _ in script:
        told.session.push_audio(silence(0.5))
    try:
        async with asyncio.timeout(10):
            yield told
    finally:
        await told.session.aclose()


async def test_a_stage_that_fails_beyond_repair_ends_the_session() -> None:
    async with translating(final("hello"), RuntimeError("a fault of the plugin's")) as told:
        await told.until(1)
        assert [item async for item in told.session.audio_stream] == []
        assert not told.errors[0].recoverable


async def test_a_failure_names_its_stage() -> None:
    script = (final("hello all. so"), APIConnectionError("gone"))
    async with translating(*script, voice=ToneTTS(poison="HELLO")) as told:
        await told.until(2)
        stages = {e.error.stage for e in told.errors if isinstance(e.error, CascadeError)}
        assert stages == {"stt", "tts"}
        assert all(error.recoverable for error in told.errors)


async def test_what_cannot_be_translated_is_told_as_it_was_said() -> None:
    async with translating(final("hello all. so"), llm=ScriptedLLM(failures=100)) as told:
        await told.until(1)
        while not told.said:
            await told.until(len(told.errors) + 1)
        assert told.said[0].text == "hello all."
