"""Microsoft Edge's online voices as a LiveKit voice."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, Literal

import aiohttp
from livekit.agents import APIConnectOptions, APIError, tts, utils
from livekit.agents.types import (
    DEFAULT_API_CONNECT_OPTIONS,
    NOT_GIVEN,
    NotGivenOr,
    TimedString,
)
from livekit.agents.utils import is_given

import edge_tts
from edge_tts.data_classes import TTSConfig
from edge_tts.exceptions import WebSocketError

from .errors import FAILURES, as_api_error
from .transcript import Aligner, Boundary
from .voices import voice_of

# The service sends 24 kHz mono MP3 at 48 kbit/s; edge-tts asks for nothing else.
SAMPLE_RATE = 24_000
_SILENCE_SECONDS = 0.01
_SILENCE = b"\0\0" * round(SAMPLE_RATE * _SILENCE_SECONDS)
_BOUNDARIES: dict[str, Literal["WordBoundary", "SentenceBoundary"]] = {
    "word": "WordBoundary",
    "sentence": "SentenceBoundary",
}


@dataclass(frozen=True, slots=True)
class _Options:
    voice: str
    rate: str
    pitch: str
    volume: str

    def check(self) -> None:
        TTSConfig(self.voice, self.rate, self.volume, self.pitch, "WordBoundary")


class TTS(tts.TTS[str]):
    """Online neural voices for over 70 languages, without an API key.

    The text to speak leaves the machine. The service has no contract and may refuse: put an
    offline voice behind it with ``tts.FallbackAdapter([...], max_retry_per_tts=0)``.

    Args:
        language: BCP-47; decides the voice unless ``voice`` is given.
        voice: a name such as ``de-DE-KatjaNeural``.
        rate, volume: per cent, such as ``+10%``.
        pitch: Hertz, such as ``-5Hz``.
        boundary: what the timed transcript is made of: words or whole sentences.
        proxy: URL of an HTTP proxy. Without it ``WSS_PROXY`` counts: aiohttp asks no other for the
            service's web socket.
        connect_timeout: seconds to reach the service, and again for its answer to the handshake.
            Short, so that a fallback voice takes over within a second.
        receive_timeout: seconds without audio, at the start or later, after which the request has
            failed. The shorter of this and ``conn_options.timeout`` counts.

    Raises:
        ValueError: no voice is known for the language, or an option is malformed.
    """

    def __init__(
        self,
        *,
        language: str,
        voice: str | None = None,
        rate: str = "+0%",
        pitch: str = "+0Hz",
        volume: str = "+0%",
        boundary: Literal["word", "sentence"] = "word",
        proxy: str | None = None,
        connect_timeout: float = 0.7,
        receive_timeout: float = 4.0,
    ) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(
                streaming=False, aligned_transcript=boundary == "word"
            ),
            sample_rate=SAMPLE_RATE,
            num_channels=1,
        )
        if boundary not in _BOUNDARIES:
            raise ValueError(f"boundary is 'word' or 'sentence', not {boundary!r}")
        self._options = _Options(voice or voice_of(language), rate, pitch, volume)
        self._options.check()
        self._boundary = _BOUNDARIES[boundary]
        self._proxy = proxy
        self._connect_timeout = connect_timeout
        self._receive_timeout = receive_timeout

    @property
    def model(self) -> str:
        return self._options.voice

    @property
    def provider(self) -> str:
        return "edge_tts"

    def update_options(
        self,
        *,
        speed: NotGivenOr[float] = NOT_GIVEN,
        rate: NotGivenOr[str] = NOT_GIVEN,
        pitch: NotGivenOr[str] = NOT_GIVEN,
        volume: NotGivenOr[str] = NOT_GIVEN,
        voice: NotGivenOr[str] = NOT_GIVEN,
    ) -> None:
        """Change how requests from now on sound.

        Args:
            speed: another way to give ``rate``: a multiple of the voice's own speed, 0.5 to 2.0.

        Raises:
            ValueError: an option is malformed, or both speed and rate are given. Nothing changes.
        """
        if is_given(speed):
            if is_given(rate):
                raise ValueError("give speed or rate, not both")
            rate = _rate_of(speed)
        given = {"voice": voice, "rate": rate, "pitch": pitch, "volume": volume}
        changes: dict[str, Any] = {name: value for name, value in given.items() if is_given(value)}
        options = replace(self._options, **changes)
        options.check()
        self._options = options

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> "ChunkedStream":
        return ChunkedStream(
            tts=self, input_text=text, conn_options=conn_options, options=self._options
        )


class ChunkedStream(tts.ChunkedStream):
    """One text on its way through the service: MP3 is passed on as it comes.

    Where the service breaks off, what came of the text is heard, and the error is not retryable:
    a retry would say it again from its beginning.
    """

    def __init__(
        self, *, tts: TTS, input_text: str, conn_options: APIConnectOptions, options: _Options
    ) -> None:
        super().__init__(tts=tts, input_text=input_text, conn_options=conn_options)
        self._edge = tts
        self._options = options

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        speakable = any(character.isalnum() for character in self.input_text)
        output_emitter.initialize(
            request_id=utils.shortuuid(),
            sample_rate=SAMPLE_RATE,
            num_channels=1,
            mime_type="audio/mpeg" if speakable else "audio/pcm",
        )
        if speakable:
            await self._speak(output_emitter)
        else:
            # The service has no audio for a lone "…", which the base class takes for a failure; who
            # puts the transcript together wants to have it all the same.
            output_emitter.push_timed_transcript(
                TimedString(self.input_text, start_time=0.0, end_time=_SILENCE_SECONDS)
            )
            output_emitter.push(_SILENCE)
        output_emitter.flush()

    async def _speak(self, output_emitter: tts.AudioEmitter) -> None:
        aligner = Aligner(self.input_text)
        try:
            async with aclosing(self._messages()) as messages:
                async for message in messages:
                    if message["type"] == "audio":
                        output_emitter.push(message["data"])
                    else:
                        output_emitter.push_timed_transcript(aligner.push(_boundary_of(message)))
        except APIError:
            raise
        except FAILURES as error:
            raise await self._failure(error, output_emitter) from error
        output_emitter.push_timed_transcript(aligner.finish())

    async def _failure(self, error: Exception, output_emitter: tts.AudioEmitter) -> APIError:
        # The base class drops what is still being decoded, so that is waited for.
        output_emitter.end_input()
        await output_emitter.join()
        failure = as_api_error(error)
        failure.retryable = failure.retryable and output_emitter.pushed_duration() == 0.0
        return failure

    async def _messages(self) -> AsyncGenerator[Any, None]:
        """What the service sends, each message within the time allowed for it.

        Raises:
            WebSocketError: the connection ended before the service was done.
        """
        request, received = self._request(), 0
        limit = min(self._edge._receive_timeout, self._conn_options.timeout)
        async with aclosing(request.stream()) as stream:
            while True:
                async with asyncio.timeout(limit):
                    message = await anext(stream, None)
                if message and message["type"] == "audio":
                    received += len(message["data"])
                _check_whole(request, received, over=message is None)
                if message is None:
                    return
                yield message

    def _request(self) -> edge_tts.Communicate:
        options, edge = self._options, self._edge
        request = edge_tts.Communicate(
            # Half a surrogate pair cannot be sent, and is nothing to say.
            self.input_text.encode(errors="ignore").decode(),
            options.voice,
            rate=options.rate,
            volume=options.volume,
            pitch=options.pitch,
            boundary=edge._boundary,
            proxy=edge._proxy,
        )
        # Communicate takes whole seconds only, and none for name lookup and TLS. sock_read ends
        # with the handshake: aiohttp lifts it from an open web socket.
        request.session_timeout = aiohttp.ClientTimeout(
            connect=edge._connect_timeout, sock_read=edge._connect_timeout
        )
        return request


def _check_whole(request: edge_tts.Communicate, received: int, *, over: bool) -> None:
    """Raise WebSocketError where one of the text's turns has ended without its last message.

    edge-tts ends alike with and without it, but counts the audio of whole turns apart.
    """
    whole, current = request.state["cumulative_audio_bytes"], request.state["chunk_audio_bytes"]
    if received != whole + (0 if over else current):
        raise WebSocketError("the connection ended before the text did")


def _rate_of(speed: float) -> str:
    """The rate that ``speed``, a multiple of the voice's own speed, stands for.

    Raises:
        ValueError: outside 0.5 to 2.0, which is what the service can do.
    """
    if not 0.5 <= speed <= 2.0:
        raise ValueError(f"Edge voices speak at 0.5 to 2.0 times their speed, not {speed}")
    return f"{round((speed - 1) * 100):+d}%"


def _boundary_of(message: Any) -> Boundary:
    return Boundary(message["text"], int(message["offset"]), int(message["duration"]))
