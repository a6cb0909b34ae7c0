"""How fast a voice is heard, and how much of it the engine is asked for."""

import pytest

from livekit.plugins.cascade.pacing import PacingOptions
from livekit.plugins.cascade.speech_queue import SpeechChunk
from livekit.plugins.cascade.voice import Spoken, Voice

from .scripted import Recorder, ToneTTS

pytestmark = pytest.mark.unit

WORD_SECONDS = 0.5
SENTENCES = [f"the sentence number {name} ends." for name in "abcdef"]
WORDS = sum(len(sentence.split()) for sentence in SENTENCES)


class Log:
    """Remembers what was played; anything that fails or is dropped fails the test."""

    def __init__(self) -> None:
        self.played: list[Spoken] = []

    def on_synthesis(self, chunk: SpeechChunk, **figures: float) -> None: ...

    def on_segment_spoken(self, segment_id: str) -> None: ...

    def on_played(self, spoken: Spoken, *, queue_seconds: float) -> None:
        self.played.append(spoken)

    def on_dropped(self, chunk: SpeechChunk, *, queue_seconds: float) -> None:
        pytest.fail(f"dropped {chunk.text}")

    def on_failed(self, chunk: SpeechChunk, error: Exception) -> None:
        pytest.fail(f"{chunk.text}: {error}")


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
        pacing=PacingOptions(relaxed_seconds=100, urgent_seconds=100, drop_seconds=100),
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
