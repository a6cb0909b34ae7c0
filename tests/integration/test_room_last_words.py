"""What is said last is heard, by a recogniser that tells it once the speaker has gone."""

import asyncio

import pytest
from livekit.agents import APIConnectOptions, stt
from livekit.agents.stt import STT
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr

from tests.fakes import engines, tones
from tests.integration.interpreted import SENTENCE, interpreter
from tests.integration.room import PATIENCE_SECONDS, Place, ear, microphone

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


class LateEngines(engines.FakeEngines):
    """``has_heard`` the last word before they tell the first one, which is after the audio."""

    def __init__(self) -> None:
        super().__init__()
        self.has_heard = asyncio.Event()

    def stt(self, languages: tuple[str, ...]) -> STT[object]:
        return _Late(languages, self.has_heard)


class _Late(engines.FakeSTT):
    def __init__(self, languages: tuple[str, ...], has_heard: asyncio.Event) -> None:
        super().__init__(languages)
        self.has_heard = has_heard

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        return _LateRecognition(stt=self, conn_options=conn_options, sample_rate=16_000)


class _LateRecognition(engines._ToneRecognition):
    async def _run(self) -> None:
        self._words: list[tuple[str, float]] = []
        await super()._run()
        for word, end in self._words:
            super()._send(stt.SpeechEventType.FINAL_TRANSCRIPT, word, end)

    def _send(self, kind: stt.SpeechEventType, word: str = "", end: float = 0.0) -> None:
        assert isinstance(self._stt, _Late)
        if word:
            self._words.append((word, end))
        if word.endswith("."):
            self._stt.has_heard.set()


@pytest.mark.parametrize("spoken", [("en",), ("en", "es")])
async def test_words_whose_language_is_told_when_the_speaker_has_gone(
    place: Place, spoken: tuple[str, ...]
) -> None:
    late = LateEngines()
    async with (
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place, late, source_language=spoken, target_languages=("es",)),
    ):
        async with place.join("ana") as ana, microphone(ana) as ana_speaks:
            await ana_speaks.wait_subscribed()
            ana_speaks.say(SENTENCE)
            async with asyncio.timeout(PATIENCE_SECONDS):
                await late.has_heard.wait()
        await listener.wait_for(lambda: listener.finals("en") == [SENTENCE])
        await listener.wait_for(lambda: listener.finals("es") == [tones.translate(SENTENCE, "es")])
