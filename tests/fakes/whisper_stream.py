"""A recogniser that says a script, behind a detector that hears loud audio, and their stream."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Generator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
from livekit.agents import (
    APIConnectOptions,
    stt,
    vad,
)
from livekit.agents.stt import SpeechData, SpeechEvent

from livekit import rtc
from livekit.plugins.faster_whisper import (
    STT,
    DecodeRequest,
    Hypothesis,
    Recognizer,
    SpeechStream,
    StreamOptions,
    Word,
)
from livekit.plugins.faster_whisper.audio_buffer import Samples
from livekit.plugins.faster_whisper.decoding import Task

WINDOW = 512
RATE = 16_000
LOUD = 8_000
Kind = stt.SpeechEventType
NO_RETRY = APIConnectOptions(max_retry=0, timeout=5.0)
RETRY = APIConnectOptions(max_retry=3, retry_interval=0.0, timeout=5.0)


class LoudnessVAD(vad.VAD):
    """Hears speech where the audio is loud."""

    def __init__(self, *, min_silence: float = 0.45) -> None:
        super().__init__(capabilities=vad.VADCapabilities(update_interval=WINDOW / RATE))
        self.min_silence = min_silence

    def stream(self) -> vad.VADStream:
        return LoudnessStream(self)


class LoudnessStream(vad.VADStream):
    async def _main_task(self) -> None:
        data, at, speaking, silence = b"", 0.0, False, 0.0
        async for frame in self._input_ch:
            if not isinstance(frame, rtc.AudioFrame):
                continue
            data += bytes(frame.data)
            while len(data) >= 2 * WINDOW:
                window, data = data[: 2 * WINDOW], data[2 * WINDOW :]
                at += WINDOW / RATE
                loud = bool(np.abs(np.frombuffer(window, dtype=np.int16)).max() > LOUD // 2)
                self._report(vad.VADEventType.INFERENCE_DONE, at, speaking, float(loud))
                silence = 0.0 if loud else silence + WINDOW / RATE
                if loud and not speaking:
                    speaking = True
                    self._report(vad.VADEventType.START_OF_SPEECH, at, True, 1.0)
                assert isinstance(self._vad, LoudnessVAD)
                if speaking and silence >= self._vad.min_silence:
                    speaking = False
                    self._report(vad.VADEventType.END_OF_SPEECH, at, False, 0.0)

    def _report(
        self, kind: vad.VADEventType, at: float, speaking: bool, probability: float
    ) -> None:
        self._event_ch.send_nowait(
            vad.VADEvent(
                type=kind,
                samples_index=round(at * RATE),
                timestamp=at,
                speech_duration=WINDOW / RATE,
                silence_duration=0.0,
                probability=probability,
                speaking=speaking,
            )
        )


class ScriptedRecognizer(Recognizer):
    """Recognises ``script``: each word is heard once the audio has reached its end."""

    def __init__(self, script: tuple[Word, ...], *, language: str = "en") -> None:
        super().__init__()
        self.script = script
        self.language = language
        self.certainty = 0.99
        self.requests: list[DecodeRequest] = []
        self.failures: list[Exception] = []
        self.before_decode: Callable[[], None] = lambda: None
        self.running = 0
        self.most_running = 0
        self.keyterms: tuple[str, ...] = ()
        self.most_keyterms = 100

    @property
    def name(self) -> str:
        return "scripted"

    @property
    def languages(self) -> frozenset[str]:
        return frozenset({"en", "es"})

    def fitting(self, keyterms: Sequence[str]) -> tuple[str, ...]:
        return tuple(keyterms[: self.most_keyterms])

    def decode(self, request: DecodeRequest) -> Hypothesis:
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            self.requests.append(request)
            self.before_decode()
            if self.failures:
                raise self.failures.pop(0)
            language = request.language or self.language
            probabilities = {self.language: self.certainty} if request.detect else {}
            return Hypothesis(self._heard(request), language, probabilities)
        finally:
            self.running -= 1

    def transcribing(
        self,
        audio: Samples,
        language: str | None,
        *,
        candidates: Sequence[str] = (),
        task: Task = "transcribe",
        keyterms: Sequence[str] = (),
    ) -> Generator[None, None, Hypothesis]:
        yield from ()
        self.keyterms = tuple(keyterms)
        if self.failures:
            raise self.failures.pop(0)
        end = len(audio) / RATE
        words = tuple(word for word in self.script if word.end <= end + 1e-6)
        return Hypothesis(words, language or self.language)

    def _heard(self, request: DecodeRequest) -> tuple[Word, ...]:
        since = request.committed[-1].end if request.committed else request.offset
        return tuple(
            word
            for word in self.script
            if word.start >= since - 1e-6 and word.end <= request.audio_end + 1e-6
        )


def wait_for(event: threading.Event) -> None:
    event.wait(10)


def tell(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    loop.call_soon_threadsafe(event.set)


@dataclass
class Bench:
    stt: STT
    recognizer: ScriptedRecognizer
    stream: SpeechStream
    events: list[SpeechEvent] = field(default_factory=list)

    def push(self, seconds: float, *, loud: bool, rate: int = RATE) -> None:
        for frame in audio(seconds, loud=loud, rate=rate):
            self.stream.push_frame(frame)

    async def until(self, kind: Kind) -> SpeechEvent:
        async for event in self.stream:
            self.events.append(event)
            if event.type == kind:
                return event
        raise AssertionError(f"the stream ended without {kind}")

    async def finish(self) -> list[SpeechEvent]:
        self.stream.end_input()
        async for event in self.stream:
            self.events.append(event)
        return self.events

    @property
    def kinds(self) -> list[Kind]:
        return [event.type for event in self.events]

    @property
    def final_words(self) -> list[str]:
        return [str(word) for data in self.data(Kind.FINAL_TRANSCRIPT) for word in data.words or []]

    def data(self, kind: Kind) -> list[SpeechData]:
        return [event.alternatives[0] for event in self.events if event.type == kind]


def audio(seconds: float, *, loud: bool, rate: int = RATE) -> list[rtc.AudioFrame]:
    size = rate // 50
    samples = np.full(size, LOUD if loud else 0, dtype=np.int16).tobytes()
    return [rtc.AudioFrame(samples, rate, 1, size) for _ in range(round(seconds * 50))]


def spoken(text: str, *, start: float = 0.0, each: float = 0.4) -> tuple[Word, ...]:
    return tuple(
        Word(f" {word}", start + index * each, start + (index + 1) * each, 0.9, (index,))
        for index, word in enumerate(text.split())
    )


@asynccontextmanager
async def bench(
    script: tuple[Word, ...],
    *,
    language: str | None = "en",
    conn_options: APIConnectOptions = NO_RETRY,
    options: StreamOptions | None = None,
    task: Task = "transcribe",
    keyterms: Sequence[str] = (),
) -> AsyncIterator[Bench]:
    recognizer = ScriptedRecognizer(script)
    engine = STT(
        recognizer=recognizer,
        vad=LoudnessVAD(),
        language=language,
        options=options,
        task=task,
        keyterms=keyterms,
    )
    before = asyncio.all_tasks()
    async with asyncio.timeout(20):
        try:
            yield Bench(engine, recognizer, engine.stream(conn_options=conn_options))
        finally:
            await engine.aclose()
            recognizer.close()
    assert asyncio.all_tasks() - before == set()


def decoded_until(run: Bench) -> float:
    requests = run.recognizer.requests
    return requests[-1].audio_end if requests else 0.0
