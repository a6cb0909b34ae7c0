"""A local server that speaks the wire protocol of Edge's voices, with its failures.

It checks what the client sends as the real one does: the access token for its own clock, the two
text frames, the SSML. Each word is answered with a tone of ``WORD_SECONDS``.
"""

import asyncio
import json
import math
import re
import ssl
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from enum import Enum, auto
from functools import cache
from xml.etree import ElementTree

import av
import numpy as np
from aiohttp import WSMsgType, web
from edge_tts.drm import generate_sec_ms_gec_v2

RATE = 24_000
FRAME_BYTES, FRAME_SECONDS = 144, 0.024
WORD_FRAMES = 10
WORD_SECONDS = WORD_FRAMES * FRAME_SECONDS
_TICKS = 10_000_000
_TOKEN = re.compile(r"^[0-9A-F]{16}-[0-9A-F]{64}$")


class Behaviour(Enum):
    """What the server does with a connection."""

    SPEAK = auto()
    FORBID = auto()
    OVERLOADED = auto()
    CLOSE_BEFORE_AUDIO = auto()
    CLOSE_AFTER_FIRST_WORD = auto()
    CUT_AFTER_FIRST_WORD = auto()
    STALL_AFTER_FIRST_WORD = auto()
    NO_AUDIO = auto()
    STALL = auto()
    UNKNOWN_FRAME = auto()
    BROKEN_METADATA = auto()
    BROKEN_WEBSOCKET = auto()


@dataclass(frozen=True)
class Request:
    """One synthesis as the client asked for it."""

    voice: str
    rate: str
    pitch: str
    volume: str
    boundary: str
    text: str


@dataclass
class EdgeServer:
    """Attributes:
    behaviours: of the connections to come, in order; the last one stays.
    clock_skew: seconds that the server's clock is ahead of this machine's.
    word_permits: None to speak at once; else each word waits for one ``release()``.
    """

    port: int = 0
    behaviours: list[Behaviour] = field(default_factory=lambda: [Behaviour.SPEAK])
    clock_skew: float = 0.0
    word_permits: asyncio.Semaphore | None = None
    connections: int = 0
    requests: list[Request] = field(default_factory=list)
    disconnected: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """To be put in the place of ``edge_tts.communicate.WSS_URL``."""
        return f"ws://127.0.0.1:{self.port}/edge/v1?TrustedClientToken=local"

    def gate(self) -> asyncio.Semaphore:
        """From now on each word is sent only when the semaphore is released once."""
        self.word_permits = asyncio.Semaphore(0)
        return self.word_permits

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.connections += 1
        behaviour = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
        if behaviour is Behaviour.OVERLOADED:
            return web.Response(status=503)
        if behaviour is Behaviour.FORBID or not self._is_valid(request.query["Sec-MS-GEC"]):
            date = formatdate(time.time() + self.clock_skew, usegmt=True)
            return web.Response(status=403, headers={"Date": date})
        socket = web.WebSocketResponse(compress=True)
        await socket.prepare(request)
        try:
            await self._converse(socket, request, behaviour)
        finally:
            self.disconnected.set()
        return socket

    def _is_valid(self, token: str) -> bool:
        now = time.time() + self.clock_skew
        around = (now - 300, now, now + 300)
        return bool(_TOKEN.match(token)) and token in map(generate_sec_ms_gec_v2, around)

    async def _converse(
        self, socket: web.WebSocketResponse, request: web.Request, behaviour: Behaviour
    ) -> None:
        asked = parse_request(await socket.receive_str(), await socket.receive_str())
        self.requests.append(asked)
        await socket.send_str(_frame("turn.start", "{}"))
        await socket.send_str(_frame("response", "{}"))
        match behaviour:
            case Behaviour.CLOSE_BEFORE_AUDIO:
                await socket.close()
            case Behaviour.STALL:
                await _until_closed(socket)
            case Behaviour.UNKNOWN_FRAME:
                await socket.send_str(_frame("surprise", "{}"))
            case Behaviour.BROKEN_METADATA:
                await socket.send_str(_frame("audio.metadata", "not JSON"))
            case Behaviour.BROKEN_WEBSOCKET:
                assert request.transport is not None
                # Opcode 3 is reserved.
                request.transport.write(b"\x83\x00")
            case Behaviour.NO_AUDIO:
                await socket.send_str(_frame("turn.end", "{}"))
            case Behaviour.SPEAK:
                await self._speak(socket, asked, only_first=False)
            case _:
                await self._speak(socket, asked, only_first=True)
                await _break_off(socket, request, behaviour)

    async def _speak(
        self, socket: web.WebSocketResponse, asked: Request, *, only_first: bool
    ) -> None:
        words = re.findall(r"\w[\w'’-]*", asked.text)
        audio = tone(WORD_FRAMES * len(words))
        if asked.boundary == "sentence":
            await socket.send_str(_boundary("Sentence", asked.text.strip(), 0, len(words)))
        for index, word in enumerate(words):
            if self.word_permits is not None:
                await self.word_permits.acquire()
            if asked.boundary == "word":
                await socket.send_str(_boundary("Word", word, index, 1))
            start = index * WORD_FRAMES * FRAME_BYTES
            await socket.send_bytes(_audio(audio[start : start + WORD_FRAMES * FRAME_BYTES]))
            if only_first:
                return
        await socket.send_bytes(_audio(b"", content_type=""))
        await socket.send_str(_frame("turn.end", "{}"))


def parse_request(config: str, ssml: str) -> Request:
    """Read the client's two frames; AssertionError where they are not as the service wants them."""
    head, _, body = config.partition("\r\n\r\n")
    assert "Path:speech.config" in head, head
    audio = json.loads(body)["context"]["synthesis"]["audio"]
    assert audio["outputFormat"] == "audio-24khz-48kbitrate-mono-mp3", audio
    words = audio["metadataoptions"]["wordBoundaryEnabled"] == "true"
    head, _, body = ssml.partition("\r\n\r\n")
    assert "Path:ssml" in head and "Content-Type:application/ssml+xml" in head, head
    voice = ElementTree.fromstring(body)[0]
    prosody = voice[0]
    return Request(
        voice=voice.attrib["name"],
        rate=prosody.attrib["rate"],
        pitch=prosody.attrib["pitch"],
        volume=prosody.attrib["volume"],
        boundary="word" if words else "sentence",
        text=prosody.text or "",
    )


@cache
def tone(frames: int) -> bytes:
    """``frames`` MP3 frames of 440 Hz, exactly as many bytes as the service would send."""
    encoder = av.CodecContext.create("libmp3lame", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.rate, encoder.layout, encoder.format = RATE, "mono", "s16p"
    encoder.bit_rate = 48_000
    encoder.open()
    samples = np.arange((frames + 4) * 576)
    pcm = (0.3 * 32767 * np.sin(2 * math.pi * 440 * samples / RATE)).astype(np.int16)
    data = b""
    for start in range(0, len(pcm), 576):
        frame = av.AudioFrame.from_ndarray(pcm[None, start : start + 576], "s16p", "mono")
        frame.sample_rate = RATE
        data += b"".join(map(bytes, encoder.encode(frame)))
    data += b"".join(map(bytes, encoder.encode(None)))
    return data[: frames * FRAME_BYTES]


@asynccontextmanager
async def edge_server() -> AsyncIterator[EdgeServer]:
    """A server on a free port of the loopback interface."""
    server = EdgeServer()
    app = web.Application()
    app.router.add_get("/edge/v1", server.handle)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        await runner.cleanup()


@dataclass
class Blackhole:
    """Attributes:
    asked: somebody has said something, and waits for an answer.
    """

    port: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def blackhole() -> AsyncIterator[Blackhole]:
    """A server that takes connections and never says a word."""
    hole = Blackhole()
    writers: list[asyncio.StreamWriter] = []

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        while await reader.read(1 << 16):
            hole.asked.set()

    listener = await asyncio.start_server(swallow, "127.0.0.1", 0)
    try:
        hole.port = listener.sockets[0].getsockname()[1]
        yield hole
    finally:
        for writer in writers:
            writer.close()
        listener.close()
        await listener.wait_closed()


def insecure_tls() -> ssl.SSLContext:
    """For a TLS client that is never answered."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def _break_off(
    socket: web.WebSocketResponse, request: web.Request, behaviour: Behaviour
) -> None:
    match behaviour:
        case Behaviour.CLOSE_AFTER_FIRST_WORD:
            await socket.close()
        case Behaviour.CUT_AFTER_FIRST_WORD:
            assert request.transport is not None
            request.transport.close()
        case _:
            await _until_closed(socket)


async def _until_closed(socket: web.WebSocketResponse) -> None:
    while (await socket.receive()).type is not WSMsgType.CLOSED and not socket.closed:
        continue


def _frame(path: str, body: str) -> str:
    return (
        f"X-RequestId:local\r\nContent-Type:application/json; charset=utf-8\r\nPath:{path}"
        f"\r\n\r\n{body}"
    )


def _boundary(kind: str, text: str, index: int, words: int) -> str:
    data = {
        "Offset": round(index * WORD_SECONDS * _TICKS),
        "Duration": round(words * WORD_SECONDS * _TICKS),
        "text": {"Text": text, "Length": len(text), "BoundaryType": f"{kind}Boundary"},
    }
    return _frame(
        "audio.metadata", json.dumps({"Metadata": [{"Type": f"{kind}Boundary", "Data": data}]})
    )


def _audio(data: bytes, *, content_type: str = "Content-Type:audio/mpeg\r\n") -> bytes:
    head = f"X-RequestId:local\r\n{content_type}X-StreamId:1\r\nPath:audio\r\n".encode()
    return struct.pack(">H", len(head)) + head + data
