"""The real edge-tts client against a server that speaks the service's protocol."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import edge_tts.communicate
import numpy as np
import pytest
from livekit.agents import (
    APIConnectionError,
    APIConnectOptions,
    APIError,
    APIStatusError,
    APITimeoutError,
    tts,
)
from livekit.agents.metrics import TTSMetrics
from livekit.agents.types import USERDATA_TIMED_TRANSCRIPT

from livekit.plugins.edge_tts import TTS
from tests.fakes.edge_server import (
    WORD_SECONDS,
    Behaviour,
    Blackhole,
    EdgeServer,
    blackhole,
    insecure_tls,
)
from tests.fakes.stopped_clock import StoppedClock

pytestmark = pytest.mark.unit

NO_RETRY = APIConnectOptions(max_retry=0, timeout=5.0)
RETRY = APIConnectOptions(max_retry=2, retry_interval=0.0, timeout=5.0)
TEXT = "Y así, compatriotas: no pregunten."


async def heard(
    voice: tts.TTS[Any], text: str, options: APIConnectOptions = NO_RETRY
) -> list[tts.SynthesizedAudio]:
    async with voice.synthesize(text, conn_options=options) as stream:
        return [audio async for audio in stream]


def seconds(audio: list[tts.SynthesizedAudio]) -> float:
    return sum(piece.frame.duration for piece in audio)


def loudness(audio: list[tts.SynthesizedAudio]) -> float:
    samples = np.concatenate([np.frombuffer(piece.frame.data, np.int16) for piece in audio])
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))


async def test_audio_is_one_finished_segment_at_the_declared_rate(server: EdgeServer) -> None:
    voice = TTS(language="es")
    metrics: list[TTSMetrics] = []
    voice.on("metrics_collected", metrics.append)
    audio = await heard(voice, TEXT)
    # The decoder swallows its own delay at the start.
    assert seconds(audio) == pytest.approx(5 * WORD_SECONDS, abs=0.06)
    assert loudness(audio) > 3000
    assert {piece.frame.sample_rate for piece in audio} == {voice.sample_rate} == {24_000}
    assert [piece.is_final for piece in audio] == [False] * (len(audio) - 1) + [True]
    assert len({piece.request_id for piece in audio}) == 1
    assert len({piece.segment_id for piece in audio}) == 1
    assert len(metrics) == 1
    assert metrics[0].characters_count == len(TEXT)
    assert metrics[0].audio_duration == pytest.approx(seconds(audio))


async def test_first_audio_comes_before_the_server_has_the_rest(server: EdgeServer) -> None:
    permits = server.gate()
    async with TTS(language="es").synthesize(TEXT, conn_options=NO_RETRY) as stream:
        permits.release()
        first = await anext(stream)
        assert not first.is_final
        for _ in range(4):
            permits.release()
        rest = [audio async for audio in stream]
    assert seconds([first, *rest]) == pytest.approx(5 * WORD_SECONDS, abs=0.06)


@pytest.mark.parametrize("boundary", ["word", "sentence"])
async def test_the_timed_transcript_is_the_text(server: EdgeServer, boundary: Any) -> None:
    voice = TTS(language="es", boundary=boundary)
    assert voice.capabilities.aligned_transcript == (boundary == "word")
    audio = await heard(voice, TEXT)
    pieces = [p for a in audio for p in a.frame.userdata.get(USERDATA_TIMED_TRANSCRIPT, [])]
    assert "".join(pieces) == TEXT
    assert server.requests[0].boundary == boundary
    if boundary == "word":
        starts = [piece.start_time for piece in pieces]
        assert starts == pytest.approx([index * WORD_SECONDS for index in range(5)])


async def test_voice_rate_pitch_and_volume_reach_the_service(server: EdgeServer) -> None:
    voice = TTS(language="fr", rate="+5%", pitch="-3Hz", volume="+10%")
    await heard(voice, "bonjour")
    voice.update_options(speed=1.25)
    await heard(voice, "bonjour")
    voice.update_options(speed=0.8, voice="fr-FR-HenriNeural", pitch="+0Hz")
    await heard(voice, "bonjour")
    assert [(r.rate, r.pitch, r.volume) for r in server.requests] == [
        ("+5%", "-3Hz", "+10%"),
        ("+25%", "-3Hz", "+10%"),
        ("-20%", "+0Hz", "+10%"),
    ]
    assert [r.voice.split(", ")[1] for r in server.requests] == [
        "DeniseNeural)",
        "DeniseNeural)",
        "HenriNeural)",
    ]
    assert voice.model == "fr-FR-HenriNeural"


@pytest.mark.parametrize(
    "options",
    [{"rate": "fast"}, {"pitch": "+3"}, {"speed": 3.0}, {"speed": 1.1, "rate": "+1%"}],
)
async def test_a_bad_option_is_refused_and_changes_nothing(
    server: EdgeServer, options: dict[str, Any]
) -> None:
    voice = TTS(language="fr", rate="+5%")
    with pytest.raises(ValueError):
        voice.update_options(**options)
    await heard(voice, "bonjour")
    assert (server.requests[0].rate, server.requests[0].pitch) == ("+5%", "+0Hz")


def test_a_voice_that_is_no_voice_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="Invalid voice"):
        TTS(language="fr", voice="Denise")
    with pytest.raises(ValueError, match="boundary"):
        TTS(language="fr", boundary="letter")  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["…", "🎉🎉", "?!", "—"])
async def test_text_without_speech_is_a_moment_of_silence(server: EdgeServer, text: str) -> None:
    audio = await heard(TTS(language="es"), text)
    assert 0 < seconds(audio) <= 0.02
    assert loudness(audio) == 0
    pieces = [p for a in audio for p in a.frame.userdata.get(USERDATA_TIMED_TRANSCRIPT, [])]
    assert [(str(piece), piece.start_time) for piece in pieces] == [(text, 0.0)]
    assert audio[-1].is_final
    assert server.connections == 0


async def test_what_cannot_be_encoded_is_left_out(server: EdgeServer) -> None:
    audio = await heard(TTS(language="es"), "hola \ud83d mundo")
    assert server.requests[0].text == "hola  mundo"
    assert seconds(audio) == pytest.approx(2 * WORD_SECONDS, abs=0.06)


@pytest.mark.timeout(60)
@pytest.mark.usefixtures("clock")
async def test_text_longer_than_one_request_is_spoken_whole(server: EdgeServer) -> None:
    text = " ".join(f"palabra{index}" for index in range(450))
    audio = await heard(TTS(language="es"), text)
    assert len(server.requests) == 2
    assert seconds(audio) == pytest.approx(450 * WORD_SECONDS, abs=0.1)
    pieces = [p for a in audio for p in a.frame.userdata.get(USERDATA_TIMED_TRANSCRIPT, [])]
    assert "".join(pieces) == text
    starts = [piece.start_time for piece in pieces]
    assert starts == pytest.approx([index * WORD_SECONDS for index in range(450)], abs=1e-3)


@pytest.mark.parametrize(
    ("behaviour", "error", "retryable"),
    [
        (Behaviour.FORBID, APIStatusError, False),
        (Behaviour.OVERLOADED, APIStatusError, True),
        (Behaviour.CLOSE_BEFORE_AUDIO, APIError, True),
        (Behaviour.NO_AUDIO, APIError, True),
        (Behaviour.UNKNOWN_FRAME, APIError, True),
        (Behaviour.BROKEN_METADATA, APIError, True),
        (Behaviour.BROKEN_WEBSOCKET, APIConnectionError, True),
        (Behaviour.STALL, APITimeoutError, True),
    ],
)
async def test_each_failure_of_the_service_is_a_typed_error(
    server: EdgeServer, behaviour: Behaviour, error: type[APIError], retryable: bool
) -> None:
    server.behaviours = [behaviour]
    # Only where the time has to run out is it short: a busy machine answers late.
    receive_timeout = 0.2 if behaviour is Behaviour.STALL else 4.0
    with pytest.raises(error) as raised:
        await heard(TTS(language="es", receive_timeout=receive_timeout), TEXT)
    assert type(raised.value) is error
    assert raised.value.retryable is retryable


async def test_a_refusal_says_its_status_after_one_try_with_the_servers_clock(
    server: EdgeServer,
) -> None:
    server.behaviours = [Behaviour.FORBID]
    with pytest.raises(APIStatusError, match="upgrade edge-tts") as raised:
        await heard(TTS(language="es"), TEXT, RETRY)
    assert raised.value.status_code == 403
    assert server.connections == 2


async def test_a_wrong_clock_is_corrected_from_the_servers(server: EdgeServer) -> None:
    server.clock_skew = 7200.0
    audio = await heard(TTS(language="es"), TEXT)
    assert seconds(audio) > 1.0
    assert server.connections == 2


async def test_a_retry_is_a_new_request_with_the_whole_text(server: EdgeServer) -> None:
    server.behaviours = [Behaviour.CLOSE_BEFORE_AUDIO, Behaviour.NO_AUDIO, Behaviour.SPEAK]
    voice = TTS(language="es")
    metrics: list[TTSMetrics] = []
    voice.on("metrics_collected", metrics.append)
    audio = await heard(voice, TEXT, RETRY)
    assert seconds(audio) == pytest.approx(5 * WORD_SECONDS, abs=0.06)
    assert {piece.request_id for piece in audio} == {metrics[0].request_id}
    assert len(metrics) == 1


async def broken_off(
    voice: tts.TTS[Any], text: str, on_audio: Callable[[], object] = lambda: None
) -> tuple[list[tts.SynthesizedAudio], APIError]:
    """What is heard of a text, and how it ends."""
    audio: list[tts.SynthesizedAudio] = []
    with pytest.raises(APIError) as raised:
        async with voice.synthesize(text, conn_options=RETRY) as stream:
            async for piece in stream:
                audio.append(piece)
                on_audio()
    return audio, raised.value


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (Behaviour.CLOSE_AFTER_FIRST_WORD, APIConnectionError),
        (Behaviour.CUT_AFTER_FIRST_WORD, APIConnectionError),
        (Behaviour.STALL_AFTER_FIRST_WORD, APITimeoutError),
    ],
)
async def test_what_is_heard_of_a_text_that_breaks_off_is_never_said_again(
    server: EdgeServer, clock: StoppedClock, behaviour: Behaviour, error: type[APIError]
) -> None:
    server.behaviours = [behaviour, Behaviour.SPEAK]
    voice = TTS(language="es", receive_timeout=4.0)
    waiting = 4.0 if behaviour is Behaviour.STALL_AFTER_FIRST_WORD else 0.0
    events: list[tts.TTSError] = []
    voice.on("error", events.append)
    audio, raised = await broken_off(voice, TEXT, lambda: clock.skip(waiting))
    assert type(raised) is error and not raised.retryable
    assert seconds(audio) == pytest.approx(WORD_SECONDS, abs=0.06)
    assert server.connections == 1
    assert [event.recoverable for event in events] == [False]


@pytest.mark.timeout(60)
@pytest.mark.usefixtures("clock")
async def test_of_a_long_text_nothing_is_said_behind_a_gap(server: EdgeServer) -> None:
    server.behaviours = [Behaviour.CLOSE_AFTER_FIRST_WORD, Behaviour.SPEAK]
    text = " ".join(f"palabra{index}" for index in range(450))
    audio, raised = await broken_off(TTS(language="es"), text)
    assert isinstance(raised, APIConnectionError)
    assert seconds(audio) == pytest.approx(WORD_SECONDS, abs=0.06)


async def test_a_stream_that_is_closed_half_way_hangs_up(server: EdgeServer) -> None:
    permits = server.gate()
    stream = TTS(language="es").synthesize(TEXT, conn_options=NO_RETRY)
    permits.release()
    await anext(stream)
    assert not server.disconnected.is_set()
    await stream.aclose()
    permits.release()
    async with asyncio.timeout(5):
        await server.disconnected.wait()


def closed_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


@dataclass
class Away:
    """A service that is away, and how."""

    how: str
    hole: Blackhole

    @property
    def is_silent(self) -> bool:
        return self.how.startswith("no answer")

    async def keep_waiting(
        self, someone: asyncio.Future[Any], clock: StoppedClock, seconds: float
    ) -> None:
        """Have so much time go by, once there is nothing to do for ``someone`` but to wait."""
        asked = asyncio.create_task(self.hole.asked.wait())
        await asyncio.wait((asked, someone), return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        clock.skip(seconds)


def nobody(*_: object, **__: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "no such host")


@pytest.fixture(params=["refused", "no answer", "no answer to TLS", "no such host"])
async def unreachable(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Away]:
    """The service is away; the ways in which it can be."""

    def move(address: str) -> None:
        monkeypatch.setattr(edge_tts.communicate, "WSS_URL", f"{address}/edge/v1?a=b")

    async with blackhole() as hole:
        move(
            {
                "refused": f"ws://127.0.0.1:{closed_port()}",
                "no answer": f"ws://127.0.0.1:{hole.port}",
                "no answer to TLS": f"wss://127.0.0.1:{hole.port}",
                "no such host": "ws://host.invalid",
            }[request.param]
        )
        if "TLS" in request.param:
            monkeypatch.setattr(edge_tts.communicate, "_SSL_CTX", insecure_tls())
        if "host" in request.param:
            monkeypatch.setattr(socket, "getaddrinfo", nobody)
        yield Away(request.param, hole)


@pytest.mark.timeout(60)
async def test_an_unreachable_service_is_a_connection_error(
    unreachable: Away, clock: StoppedClock
) -> None:
    speaking = asyncio.create_task(heard(TTS(language="es", connect_timeout=3.0), TEXT))
    await unreachable.keep_waiting(speaking, clock, 3.0)
    with pytest.raises(APIConnectionError) as raised:
        await speaking
    assert isinstance(raised.value, APITimeoutError) == unreachable.is_silent


class OfflineVoice(tts.TTS[str]):
    """Says a second of nearly nothing."""

    def __init__(self) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False), sample_rate=24_000, num_channels=1
        )

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = NO_RETRY
    ) -> tts.ChunkedStream:
        return OfflineStream(tts=self, input_text=text, conn_options=conn_options)


class OfflineStream(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id="offline", sample_rate=24_000, num_channels=1, mime_type="audio/pcm"
        )
        output_emitter.push(b"\1\0" * 24_000)


@pytest.mark.timeout(60)
async def test_the_fallback_voice_is_heard_within_a_second(
    unreachable: Away, clock: StoppedClock
) -> None:
    voices: list[tts.TTS[Any]] = [TTS(language="es"), OfflineVoice()]
    adapter = tts.FallbackAdapter(voices, max_retry_per_tts=0)
    try:
        async with adapter.synthesize(TEXT) as stream:
            first = asyncio.ensure_future(anext(stream))
            await unreachable.keep_waiting(first, clock, 1.0)
            audio = [await first, *[audio async for audio in stream]]
        assert seconds(audio) == pytest.approx(1.0, abs=0.02)
    finally:
        await adapter.aclose()


async def test_the_fallback_voice_takes_over_from_a_service_that_refuses(
    server: EdgeServer,
) -> None:
    server.behaviours = [Behaviour.FORBID]
    adapter = tts.FallbackAdapter([TTS(language="es"), OfflineVoice()], max_retry_per_tts=0)
    try:
        async with adapter.synthesize(TEXT) as stream:
            assert seconds([audio async for audio in stream]) == pytest.approx(1.0, abs=0.02)
    finally:
        await adapter.aclose()
