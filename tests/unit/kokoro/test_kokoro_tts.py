"""What the voice promises to LiveKit, on a model without weights."""

import asyncio
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from livekit.agents import APIConnectOptions, APIError, APITimeoutError, tts
from livekit.agents.metrics import TTSMetrics
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument

from livekit.plugins.kokoro import TTS, Engine
from tests.fakes.kokoro_session import ScriptedSession, TwoPieces, WatchedEngine
from tests.fakes.stopped_clock import StoppedClock

pytestmark = pytest.mark.unit

NO_RETRY = APIConnectOptions(max_retry=0, timeout=5.0)
IMPATIENT = APIConnectOptions(max_retry=2, retry_interval=0.0, timeout=0.2)
# Loading espeak-ng takes a second, more on a busy machine.
RETRY = APIConnectOptions(max_retry=2, retry_interval=0.0, timeout=60.0)
TEXT = "No pregunten qué puede hacer su país; pregunten qué pueden hacer ustedes por su país."
EMMA, DORA, ALEX = 1, 2, 3


async def heard(
    voice: TTS, text: str, options: APIConnectOptions = NO_RETRY
) -> list[tts.SynthesizedAudio]:
    async with voice.synthesize(text, conn_options=options) as stream:
        return [audio async for audio in stream]


def seconds(audio: list[tts.SynthesizedAudio]) -> float:
    return sum(piece.frame.duration for piece in audio)


async def began(session: ScriptedSession) -> None:
    assert await asyncio.to_thread(session.began.acquire, timeout=5)


async def queued(engine: WatchedEngine) -> None:
    """Return when one more job waits for its turn, or has it."""
    async with asyncio.timeout(5):
        await engine.asked.acquire()


async def test_audio_is_one_finished_segment_at_the_declared_rate(
    engine: Engine, session: ScriptedSession
) -> None:
    voice = TTS(language="es", engine=engine)
    metrics: list[TTSMetrics] = []
    voice.on("metrics_collected", metrics.append)
    audio = await heard(voice, TEXT)
    assert len(session.runs) == 2
    spoken = sum(tokens / speed for tokens, _, speed in session.runs) * 0.05
    # A pause of 0.05 s joins the two clauses; the tone's ends may fall below the threshold.
    assert seconds(audio) == pytest.approx(spoken + 0.05, abs=0.03)
    assert {piece.frame.sample_rate for piece in audio} == {voice.sample_rate} == {24_000}
    assert [piece.is_final for piece in audio] == [False] * (len(audio) - 1) + [True]
    assert len({piece.request_id for piece in audio}) == 1
    assert len({piece.segment_id for piece in audio}) == 1
    assert [m.characters_count for m in metrics] == [len(TEXT)]
    assert metrics[0].audio_duration == pytest.approx(seconds(audio))


async def test_the_first_clause_is_heard_before_the_second_is_computed(
    engine: Engine, session: ScriptedSession
) -> None:
    permits = session.gate()
    async with TTS(language="es", engine=engine).synthesize(TEXT) as stream:
        permits.release()
        async with asyncio.timeout(5):
            first = await anext(stream)
        assert first.frame.duration > 0 and not first.is_final
        permits.release()
        assert (await stream.collect()).duration > 1.0


@pytest.fixture
def by_pieces(session: ScriptedSession) -> Iterator[WatchedEngine]:
    engine = WatchedEngine(session, TwoPieces)
    yield engine
    engine.close()


async def test_the_first_piece_is_heard_before_the_second_is_computed(
    by_pieces: WatchedEngine, session: ScriptedSession
) -> None:
    permits = session.gate()
    clause = "Pregunten qué puede hacer"
    async with TTS(language="es", engine=by_pieces).synthesize(clause) as stream:
        permits.release()
        async with asyncio.timeout(5):
            first = await anext(stream)
        assert first.frame.duration > 0 and not first.is_final
        permits.release()
        rest = await stream.collect()
    spoken = sum(tokens / speed for tokens, _, speed in session.runs) * 0.05
    assert len(session.runs) == 2
    assert first.frame.duration + rest.duration == pytest.approx(spoken, abs=0.03)


async def test_nothing_is_heard_of_a_piece_after_its_stream_was_closed(
    by_pieces: WatchedEngine, session: ScriptedSession
) -> None:
    permits = session.gate()
    stream = TTS(language="es", engine=by_pieces).synthesize("Pregunten qué puede hacer")
    permits.release()
    async with asyncio.timeout(5):
        await anext(stream)
        await asyncio.to_thread(session.began.acquire)
        await asyncio.to_thread(session.began.acquire)
    await stream.aclose()
    assert await asyncio.to_thread(session.ended_early.acquire, timeout=5)
    permits.release(2)
    audio = await heard(TTS(language="es", engine=by_pieces), "Hola", NO_RETRY)
    assert seconds(audio) > 0


async def runs_out_of_time(
    engine: Engine, session: ScriptedSession, clock: StoppedClock, text: str
) -> None:
    """Say a text of two computations, the second of which takes too long."""
    session.gate().release()
    speaking = asyncio.create_task(heard(TTS(language="es", engine=engine), text, RETRY))
    await began(session)
    await began(session)
    clock.skip(RETRY.timeout)
    with pytest.raises(APITimeoutError):
        await speaking
    assert len(session.runs) == 2


@pytest.mark.timeout(60)
async def test_a_failure_after_the_first_piece_is_not_said_again(
    by_pieces: WatchedEngine, session: ScriptedSession, clock: StoppedClock
) -> None:
    await runs_out_of_time(by_pieces, session, clock, "Pregunten qué puede hacer")


async def test_an_abbreviation_is_read_before_the_text_is_cut(
    engine: Engine, session: ScriptedSession
) -> None:
    await heard(TTS(language="es", engine=engine), "Trabaja desde ayer en los EE. UU. con Ana")
    assert len(session.runs) == 1


async def test_an_engine_says_while_it_computes(engine: Engine, session: ScriptedSession) -> None:
    permits = session.gate()
    assert not engine.busy and engine.busy_seconds == 0.0
    speech = asyncio.create_task(
        engine.synthesize_async("Hola.", voice="ef_dora", espeak_language="es", speed=1.0)
    )
    await asyncio.to_thread(session.began.acquire)
    assert engine.busy
    permits.release()
    await speech
    assert not engine.busy and engine.busy_seconds > 0.0


@pytest.mark.parametrize("text", ["…", "🎉🎉", "?!"])
async def test_text_without_speech_is_a_moment_of_silence(
    engine: Engine, session: ScriptedSession, text: str
) -> None:
    audio = await heard(TTS(language="es", engine=engine), text)
    assert 0 < seconds(audio) <= 0.02
    assert not any(np.frombuffer(piece.frame.data, np.int16).any() for piece in audio)
    assert audio[-1].is_final and not session.runs


async def test_speed_and_voice_of_each_instance_hold_from_its_next_request(
    engine: Engine, session: ScriptedSession
) -> None:
    one, other = TTS(language="es", engine=engine), TTS(language="en-GB", engine=engine, speed=0.8)
    await heard(one, "Hola")
    one.update_options(speed=1.25, voice="em_alex")
    await heard(one, "Hola")
    await heard(other, "Hello")
    assert [run[1:] for run in session.runs] == [(DORA, 1.0), (ALEX, 1.25), (EMMA, 0.8)]


async def test_several_names_are_a_voice_between_theirs(
    engine: Engine, session: ScriptedSession
) -> None:
    await heard(TTS(language="es", voice="bf_emma+em_alex", engine=engine), "Hola")
    assert session.runs[0][1:] == ((EMMA + ALEX) / 2, 1.0)


@pytest.mark.parametrize(
    "options", [{"speed": 2.5}, {"voice": "ef_dora+nobody"}, {"voice": "em_alex", "speed": 0.1}]
)
async def test_a_bad_option_is_refused_and_changes_nothing(
    engine: Engine, session: ScriptedSession, options: dict[str, Any]
) -> None:
    voice = TTS(language="es", engine=engine, speed=1.1)
    with pytest.raises(ValueError):
        voice.update_options(**options)
    await heard(voice, "Hola")
    assert session.runs[0][1:] == (DORA, 1.1)


async def test_two_voices_take_turns_clause_by_clause(
    engine: WatchedEngine, session: ScriptedSession
) -> None:
    permits = session.gate()
    one, other = TTS(language="es", engine=engine), TTS(language="en-GB", engine=engine)
    tasks = [asyncio.create_task(heard(one, TEXT))]
    await queued(engine)
    await began(session)
    tasks.append(
        asyncio.create_task(
            heard(other, "Do not ask what it can do for you; ask yourself what you can.")
        )
    )
    await queued(engine)
    for _ in range(4):
        permits.release()
    await asyncio.gather(*tasks)
    assert [run[1] for run in session.runs] == [DORA, EMMA, DORA, EMMA]


async def test_closing_a_stream_stops_the_computation(
    engine: Engine, session: ScriptedSession
) -> None:
    session.gate()
    stream = TTS(language="es", engine=engine).synthesize(TEXT, conn_options=NO_RETRY)
    await began(session)
    await stream.aclose()
    # The thread is free again: a job of the next stream begins, none of the first does.
    following = TTS(language="en-GB", engine=engine).synthesize("Hello", conn_options=NO_RETRY)
    await began(session)
    await following.aclose()
    assert [run[1] for run in session.runs] == [DORA, EMMA]


async def test_closing_a_stream_that_waits_leaves_the_queue(
    engine: WatchedEngine, session: ScriptedSession
) -> None:
    permits = session.gate()
    first = asyncio.create_task(heard(TTS(language="es", engine=engine), "Hola"))
    await queued(engine)
    await began(session)
    waiting = TTS(language="en-GB", engine=engine).synthesize("Hello", conn_options=NO_RETRY)
    await queued(engine)
    await waiting.aclose()
    permits.release()
    await first
    assert [run[1] for run in session.runs] == [DORA]


async def test_an_engine_that_closes_ends_its_streams_with_an_error(
    engine: WatchedEngine, session: ScriptedSession
) -> None:
    session.gate()
    running = asyncio.create_task(heard(TTS(language="es", engine=engine), "Hola"))
    await queued(engine)
    await began(session)
    waiting = asyncio.create_task(heard(TTS(language="es", engine=engine), "Hola"))
    await queued(engine)
    await asyncio.to_thread(engine.close)
    results = await asyncio.gather(running, waiting, return_exceptions=True)
    assert [type(result) for result in results] == [APIError, APIError]
    with pytest.raises(APIError, match="shutdown"):
        await heard(TTS(language="es", engine=engine), "Hola")


async def test_a_model_that_fails_is_an_error_that_is_not_retried(
    engine: Engine, session: ScriptedSession
) -> None:
    session.failure = InvalidArgument("bad tensor")
    with pytest.raises(APIError, match="bad tensor"):
        await heard(TTS(language="es", engine=engine), TEXT, RETRY)
    assert len(session.runs) == 1


async def test_what_takes_too_long_is_retried(engine: Engine, session: ScriptedSession) -> None:
    session.gate()
    voice = TTS(language="es", engine=engine)
    errors: list[tts.TTSError] = []
    voice.on("error", errors.append)
    with pytest.raises(APITimeoutError, match="conn_options"):
        await heard(voice, TEXT, IMPATIENT)
    assert [error.recoverable for error in errors] == [True, True, False]


@pytest.mark.timeout(60)
async def test_what_was_heard_is_not_said_again(
    engine: Engine, session: ScriptedSession, clock: StoppedClock
) -> None:
    await runs_out_of_time(engine, session, clock, TEXT)


async def test_a_shared_engine_outlives_its_voices(engine: Engine) -> None:
    await TTS(language="es", engine=engine).aclose()
    assert seconds(await heard(TTS(language="es", engine=engine), "Hola")) > 0


def test_a_language_without_a_voice_is_an_error_that_lists_those_there_are(engine: Engine) -> None:
    with pytest.raises(ValueError, match="'de'.*en, es, fr, hi, it, ja, pt, zh"):
        TTS(language="de", engine=engine)
    with pytest.raises(ValueError, match="'lisa'.*em_alex"):
        TTS(language="es", voice="lisa", engine=engine)


@pytest.mark.parametrize("language", ["ja", "zh-CN"])
def test_a_missing_phonemizer_is_an_error_that_names_the_extra(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=rf"livekit-plugins-kokoro\[{language[:2]}\]"):
        TTS(language=language, engine=engine)


def test_a_missing_or_broken_file_is_an_error_that_names_it_and_the_way_out(tmp_path: Path) -> None:
    model, voices = tmp_path / "kokoro.onnx", tmp_path / "voices.bin"
    with pytest.raises(FileNotFoundError, match="kokoro.onnx.*python -m agent.models"):
        TTS(language="es", model=model, voices=voices)
    model.write_bytes(b"no model")
    voices.write_bytes(b"no voices")
    with pytest.raises(ValueError, match="cannot be loaded.*Delete"):
        TTS(language="es", model=model, voices=voices)


@pytest.mark.parametrize(("text", "pause"), [("One clause here.", 0.06), ("One clause here", 0.03)])
async def test_a_pause_is_left_after_a_mark_and_hardly_one_inside_a_sentence(
    engine: Engine, session: ScriptedSession, text: str, pause: float
) -> None:
    session.silence = 0.5
    samples = await engine.synthesize_async(
        text, voice="af_heart", espeak_language="en-us", speed=1
    )
    silent = np.abs(samples[::-1]) < 0.01 * 32767
    assert int(np.argmin(silent)) / 24_000 == pytest.approx(pause, abs=0.003)
