"""How fast a voice is heard, and how much of it the engine is asked for."""

import asyncio

import pytest
from livekit.agents import APIConnectionError, APIConnectOptions, tts, utils
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

from livekit.plugins.cascade.delivery import Delivery
from livekit.plugins.cascade.pacing import PacingOptions
from livekit.plugins.cascade.speech_queue import SpeechChunk
from livekit.plugins.cascade.voice import Spoken, Voice

from .scripted import Recorder, ToneTTS

pytestmark = pytest.mark.unit

WORD_SECONDS = 0.5
SENTENCES = [f"the sentence number {name} ends." for name in "abcdef"]
WORDS = sum(len(sentence.split()) for sentence in SENTENCES)


class Log:
    """Remembers what was played and dropped; anything that fails fails the test."""

    def __init__(self) -> None:
        self.played: list[Spoken] = []
        self.dropped: list[str] = []

    def on_synthesis(self, chunk: SpeechChunk, **figures: float) -> None: ...

    def on_segment_spoken(self, segment_id: str) -> None: ...

    def on_played(self, spoken: Spoken, *, queue_seconds: float) -> None:
        self.played.append(spoken)

    def on_dropped(self, chunk: SpeechChunk, *, queue_seconds: float, lag_seconds: float) -> None:
        assert lag_seconds > PacingOptions().drop_seconds
        self.dropped.append(chunk.text)

    def on_failed(self, chunk: SpeechChunk, error: Exception) -> None:
        pytest.fail(f"{chunk.text}: {error}")


class InterruptedTTS(ToneTTS):
    """Fails once, after half of what it has to say."""

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        once_more = APIConnectOptions(max_retry=1, retry_interval=0.0)
        return _InterruptedStream(tts=self, input_text=text, conn_options=once_more)


class _InterruptedStream(tts.ChunkedStream):
    """Four seconds of silence."""

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        assert isinstance(self._tts, InterruptedTTS)
        output_emitter.initialize(
            request_id=utils.shortuuid(), sample_rate=24000, num_channels=1, mime_type="audio/pcm"
        )
        second = bytes(2 * 24000)
        output_emitter.push(second * 2)
        if not self._tts.texts:
            self._tts.texts.append(self.input_text)
            output_emitter.flush()
            output_emitter.end_input()
            await output_emitter.join()
            raise APIConnectionError("the line went dead")
        output_emitter.push(second * 2)


async def test_what_was_heard_before_a_retry_is_not_said_again() -> None:
    output = Recorder()
    voice = Voice(
        tts=InterruptedTTS(), output=output, language="en", listener=Log(), clock=lambda: -60.0
    )
    voice.add("s", "one two three four.", source_start=0.0, source_end=0.0, wall_offset=0.0)
    voice.complete("s")
    voice.end()
    await voice.run()
    assert output.seconds == pytest.approx(4.0, abs=0.2)


class EarlyTTS(ToneTTS):
    """Half a second of each text is there long before the rest, or with it."""

    def __init__(self, *, early: bool) -> None:
        super().__init__()
        self.early = early

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        self.texts.append(text)
        return _EarlyStream(tts=self, input_text=text, conn_options=conn_options)


class _EarlyStream(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        assert isinstance(self._tts, EarlyTTS)
        output_emitter.initialize(
            request_id=utils.shortuuid(), sample_rate=24000, num_channels=1, mime_type="audio/pcm"
        )
        half = bytes(24000)
        if self._tts.early:
            output_emitter.push(half)
        await asyncio.sleep(0.1)
        output_emitter.push(half if self._tts.early else half * 2)
        output_emitter.push(half)


@pytest.mark.parametrize("early", [True, False])
async def test_an_engine_that_begins_to_sound_early_is_given_more_at_once(early: bool) -> None:
    engine = EarlyTTS(early=early)
    voice = Voice(
        tts=engine,
        output=Recorder(),
        language="en",
        listener=Log(),
        delivery=Delivery(pacing=PacingOptions(drop_seconds=100)),
        clock=lambda: -60.0,
    )
    for number in range(8):
        text = "the first of these many words are said alone."
        voice.add(str(number), text, source_start=0.0, source_end=0.0, wall_offset=0.0)
        voice.complete(str(number))
    voice.end()
    await voice.run()
    # At first nothing is known of it, and a sentence begins with a short piece.
    assert len(engine.texts[0]) <= 30
    assert (len(engine.texts) < 16) == early


async def speak(*, lag: float, adjustable: bool = True) -> tuple[Log, Recorder, list[float]]:
    """Six sentences, the first of which is heard ``lag`` seconds late."""
    engine, output, log, asked = ToneTTS(seconds_per_word=WORD_SECONDS), Recorder(), Log(), []

    def set_speed(rate: float) -> None:
        asked.append(rate)
        engine.seconds_per_word = WORD_SECONDS / rate

    voice = Voice(
        tts=engine,
        output=output,
        language="en",
        listener=log,
        set_speed=set_speed if adjustable else None,
        delivery=Delivery(
            pacing=PacingOptions(relaxed_seconds=100, urgent_seconds=100, drop_seconds=100)
        ),
        clock=lambda: lag,
    )
    for name, sentence in enumerate(SENTENCES):
        voice.add(str(name), sentence, source_start=0.0, source_end=0.0, wall_offset=0.0)
        voice.complete(str(name))
    voice.end()
    await voice.run()
    return log, output, asked


async def test_a_voice_that_is_near_speaks_as_it_is() -> None:
    log, output, asked = await speak(lag=-60.0)
    assert set(asked) == {1.0}
    assert {spoken.speed for spoken in log.played} == {1.0}
    assert output.seconds == pytest.approx(WORDS * WORD_SECONDS, rel=0.01)


async def test_a_clock_that_is_set_back_does_not_silence_the_voice() -> None:
    output, times = Recorder(), iter(range(0, -100_000, -100))
    voice = Voice(
        tts=ToneTTS(),
        output=output,
        language="en",
        listener=Log(),
        delivery=Delivery(
            pacing=PacingOptions(relaxed_seconds=100, urgent_seconds=100, drop_seconds=100)
        ),
        clock=lambda: next(times),
    )
    for name, sentence in enumerate(SENTENCES):
        voice.add(str(name), sentence, source_start=0.0, source_end=0.0, wall_offset=0.0)
        voice.complete(str(name))
    voice.end()
    async with asyncio.timeout(5):
        await voice.run()
    assert output.seconds == pytest.approx(0.1 * WORDS, rel=0.05)


async def test_a_voice_that_is_too_late_says_the_newest_sentence() -> None:
    output, log = Recorder(), Log()
    voice = Voice(tts=ToneTTS(), output=output, language="en", listener=log, clock=lambda: 68.5)
    for name, sentence in enumerate(SENTENCES):
        voice.add(str(name), sentence, source_start=0.0, source_end=60.0, wall_offset=0.0)
        voice.complete(str(name))
    voice.end()
    await voice.run()
    assert log.dropped == SENTENCES[:-1]
    assert [spoken.chunk.text for spoken in log.played] == SENTENCES[-1:]


@pytest.mark.parametrize("adjustable", [True, False])
async def test_a_voice_that_is_late_is_stretched_where_the_engine_would_swallow_sounds(
    adjustable: bool,
) -> None:
    options = PacingOptions()
    log, output, asked = await speak(lag=10.0, adjustable=adjustable)
    # How fast the engine is was a guess for its first piece.
    assert max(asked[1:], default=1.0) == (options.engine_speed if adjustable else 1.0)
    speeds = [spoken.speed for spoken in log.played]
    assert speeds[-1] == pytest.approx(options.hard_cap)
    heard = sum(
        len(spoken.chunk.text.split()) * WORD_SECONDS / spoken.speed for spoken in log.played
    )
    assert output.seconds == pytest.approx(heard, rel=0.03)
