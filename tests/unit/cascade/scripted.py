"""Engines that follow a script, for tests of the cascade's own behaviour."""

import asyncio
from collections.abc import Callable

import numpy as np
from livekit.agents import APIConnectionError, APIConnectOptions, LanguageCode, stt, tts, utils
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr, TimedString
from livekit.agents.utils import AudioBuffer

from livekit import rtc
from livekit.plugins.cascade import Hypothesis, OnPartial, TranslationRequest

RATE = 16000
Step = stt.SpeechEvent | Exception | None


def silence(seconds: float, rate: int = RATE) -> rtc.AudioFrame:
    samples = int(seconds * rate)
    return rtc.AudioFrame(b"\0\0" * samples, rate, 1, samples)


def final(text: str, start: float = 0.0, language: str = "en") -> stt.SpeechEvent:
    return _transcript(stt.SpeechEventType.FINAL_TRANSCRIPT, text, start, language)


def interim(text: str, start: float = 0.0) -> stt.SpeechEvent:
    return _transcript(stt.SpeechEventType.INTERIM_TRANSCRIPT, text, start)


def marker(kind: stt.SpeechEventType) -> stt.SpeechEvent:
    return stt.SpeechEvent(type=kind)


def _transcript(
    kind: stt.SpeechEventType, text: str, start: float, language: str = "en"
) -> stt.SpeechEvent:
    words = [
        TimedString(word, start_time=start + 0.3 * n, end_time=start + 0.3 * n + 0.25)
        for n, word in enumerate(text.split())
    ]
    return stt.SpeechEvent(
        type=kind,
        alternatives=[stt.SpeechData(language=LanguageCode(language), text=text, words=words)],
    )


class ScriptedSTT(stt.STT[str]):
    """Each pushed frame releases the next step of the script; an exception ends the stream, and so
    does None, without one."""

    def __init__(self, *script: Step) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))
        self.script = list(script)
        self.offsets: list[float] = []
        self.languages: list[NotGivenOr[str]] = []
        self.restarted = asyncio.Event()

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions,
    ) -> stt.SpeechEvent:
        raise NotImplementedError

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        self.languages.append(language)
        return _ScriptedStream(stt=self, conn_options=APIConnectOptions(max_retry=0))


class _ScriptedStream(stt.RecognizeStream):
    async def _run(self) -> None:
        assert isinstance(self._stt, ScriptedSTT)
        self._stt.offsets.append(self.start_time_offset)
        if len(self._stt.offsets) > 1:
            self._stt.restarted.set()
        async for item in self._input_ch:
            if isinstance(item, rtc.AudioFrame) and self._stt.script:
                step = self._stt.script.pop(0)
                if isinstance(step, Exception):
                    raise step
                if step is None:
                    return
                self._event_ch.send_nowait(step)


class ScriptedTranslator:
    """Translates word by word with ``word``; fails where ``fail`` says so, and where ``hang`` does
    is never done with what it has written."""

    source_language = "en"
    target_language = "es"

    def __init__(
        self,
        word: Callable[[str], str] = str.upper,
        fail: Callable[[TranslationRequest], bool] = lambda _: False,
        hang: Callable[[TranslationRequest], bool] = lambda _: False,
    ) -> None:
        self._word = word
        self._fail = fail
        self._hang = hang
        self.requests: list[TranslationRequest] = []

    async def translate(
        self, request: TranslationRequest, on_partial: OnPartial | None = None
    ) -> Hypothesis:
        self.requests.append(request)
        await asyncio.sleep(0)
        if self._fail(request):
            raise APIConnectionError("the scripted translator is down")
        words = [self._word(word) for word in request.source.split()]
        for count in range(1, len(words)):
            text = " ".join(words[:count])
            if on_partial is not None and len(text) > len(request.committed):
                on_partial(Hypothesis(text, complete=False))
            await asyncio.sleep(0)
        if self._hang(request):
            await asyncio.Event().wait()
        return Hypothesis(" ".join(words), complete=True)


class ToneTTS(tts.TTS[str]):
    """A tenth of a second of tone a word; fails for texts that contain ``poison``."""

    def __init__(self, *, poison: str = "\0", seconds_per_word: float = 0.1) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False), sample_rate=24000, num_channels=1
        )
        self.poison = poison
        self.seconds_per_word = seconds_per_word
        self.texts: list[str] = []

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _ToneStream(tts=self, input_text=text, conn_options=APIConnectOptions(max_retry=0))


class _ToneStream(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        assert isinstance(self._tts, ToneTTS)
        if self._tts.poison in self.input_text:
            raise APIConnectionError("the scripted voice is down")
        self._tts.texts.append(self.input_text)
        output_emitter.initialize(
            request_id=utils.shortuuid(), sample_rate=24000, num_channels=1, mime_type="audio/pcm"
        )
        seconds = self._tts.seconds_per_word * len(self.input_text.split())
        time = np.arange(int(24000 * seconds)) / 24000
        tone = (6000 * np.sin(2 * np.pi * 440 * time)).astype(np.int16)
        output_emitter.push(tone.tobytes())
        output_emitter.flush()


class Recorder:
    """An output that plays in no time and remembers what it got."""

    sample_rate = 24000
    queued_duration = 0.0

    def __init__(self) -> None:
        self.seconds = 0.0

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await asyncio.sleep(0)
        self.seconds += frame.duration
