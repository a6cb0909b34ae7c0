"""How the worker reaches the server, and when it says that it is full."""

import asyncio
import base64
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agent.config import Settings
from agent.load import Load
from agent.server import Connection, InterpreterServer, StartError, check_server
from agent.server_access import participants
from tests.fakes.engines import FakeEngines
from tests.logs import told

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("clean_environment")]

# No name server knows it: only a proxy can.
URL = "ws://livekit.invalid:7880"
KEY, SECRET = "key", "a secret of no less than 32 characters"


class Proxy:
    """Answers in the server's place; an empty body is an empty answer of any of its methods."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked: list[str] = []

    def address(self, login: str = "") -> str:
        return f"http://{login}127.0.0.1:{self.port}"


@asynccontextmanager
async def proxy(status: str = "200 OK") -> AsyncIterator[Proxy]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    found = Proxy(listening.sockets[0].getsockname()[1])
    async with listening:
        yield found


def server() -> InterpreterServer:
    settings = Settings(livekit_url=URL, livekit_api_key=KEY, livekit_api_secret=SECRET)
    return InterpreterServer(settings, FakeEngines)


async def check(url: str, address: str) -> str:
    """What is wrong with the server behind a proxy."""
    with pytest.raises(StartError) as caught:
        await check_server(url, KEY, SECRET, patience=0.0, proxy=address)
    return str(caught.value)


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "HTTP_PROXY"])
async def test_the_server_is_asked_through_the_proxy_that_the_worker_takes(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    async with proxy() as there:
        monkeypatch.setenv(variable, there.address())
        worker = server()
        await worker._check_server()
        assert await participants(worker._access, "room") == []
    first, second = (request.split()[1] for request in there.asked)
    assert first.startswith("http://livekit.invalid:7880/") and first.endswith("/ListRooms")
    assert second.endswith("/ListParticipants")


async def test_a_connection_is_closed_with_all_that_it_opened() -> None:
    connection = Connection(URL, KEY, SECRET, None)
    async with connection:
        assert not connection._own.closed
    assert connection._own.closed


async def test_a_proxy_is_told_who_asks() -> None:
    async with proxy() as there:
        address = there.address("ann:p%40ss@")
        await check_server(URL, KEY, SECRET, patience=0.0, proxy=address)
    login = base64.b64encode(b"ann:p@ss").decode()
    assert f"Proxy-Authorization: Basic {login}" in there.asked[0]


@pytest.mark.parametrize("url", [URL, "wss://livekit.invalid"])
async def test_a_proxy_that_refuses_is_named_without_the_login(url: str) -> None:
    async with proxy("407 Proxy Authentication Required") as there:
        said = await check(url, there.address("ann:hidden@"))
    assert url in said and f"through the proxy {there.address()}" in said and "407" in said
    assert "HTTPS_PROXY" in said and "hidden" not in said


async def test_a_proxy_that_is_not_there_is_named() -> None:
    async with proxy() as gone:
        address = gone.address()
    assert f"through the proxy {address}" in await check(URL, address)


@pytest.mark.parametrize("address", ["ann:hidden@proxy:3128", "proxy:3128", "http://", "http://[a"])
async def test_what_is_no_address_of_a_proxy_is_said_at_once(address: str) -> None:
    said = await check(URL, address)
    assert "HTTPS_PROXY" in said and "http://HOST:PORT" in said and "hidden" not in said


def test_a_full_worker_says_once_what_is_at_its_limit(caplog: pytest.LogCaptureFixture) -> None:
    worker = server()
    assert worker._load() == 0.0
    loads = iter([Load(0.5, "the processor"), *[Load(0.95, "kokoro")] * 2])
    worker._meter = lambda: next(loads)  # type: ignore[assignment]
    with caplog.at_level(logging.WARNING, logger="interpreter.worker"):
        assert [worker._load() for _ in range(3)] == [0.5, 0.95, 0.95]
    assert [record.getMessage().split(":")[0] for record in told(caplog)] == [
        "kokoro is at its limit (95 %)"
    ]
