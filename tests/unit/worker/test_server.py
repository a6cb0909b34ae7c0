"""How the worker reaches the server, and when it says that it is full."""

import asyncio
import base64
import errno
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agent.config import Settings
from agent.load import Load
from agent.server import InterpreterServer, _reason
from agent.server_access import Connection, StartError, check_server, participants
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
async def proxy(status: str = "200 OK", later: str = "") -> AsyncIterator[Proxy]:
    """All but the first answer have the status ``later``, where one is given."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        now = later if later and found.asked else status
        found.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(f"HTTP/1.1 {now}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    found = Proxy(listening.sockets[0].getsockname()[1])
    async with listening:
        yield found


def server(url: str = URL) -> InterpreterServer:
    settings = Settings(livekit_url=url, livekit_api_key=KEY, livekit_api_secret=SECRET)
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


async def test_a_server_on_this_machine_is_asked_without_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with proxy() as there, proxy() as livekit:
        monkeypatch.setenv("HTTPS_PROXY", there.address())
        worker = server(f"ws://127.0.0.1:{livekit.port}")
        await worker._check_server()
        assert await participants(worker._access, "room") == []
    assert there.asked == [] and len(livekit.asked) == 2
    # LiveKit's own connection.
    assert worker._http_proxy is None


async def test_what_comes_from_the_network_later_knows_the_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "environ", {"HTTP_PROXY": "http://a:1", "HTTPS_PROXY": "http://b:1"})
    server()._share_proxies()
    assert os.environ == {
        "HTTP_PROXY": "http://a:1",
        "HTTPS_PROXY": "http://b:1",
        "wss_proxy": "http://b:1",
    }
    server("ws://127.0.0.1:7880")._share_proxies()
    assert "HTTP_PROXY" not in os.environ and os.environ["HTTPS_PROXY"] == "http://b:1"


@pytest.mark.parametrize("variable", ["INTERPRETER_PORT", "INTERPRETER_METRICS_PORT"])
async def test_a_port_that_is_taken_is_named(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERPRETER_PORT", "0")
    async with proxy() as there:
        monkeypatch.setenv(variable, str(there.port))
        with pytest.raises(StartError, match=rf"^INTERPRETER_HOST, {variable}: .*in use; give"):
            await server()._check_ports()


async def test_a_host_that_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERPRETER_HOST", "a..b")
    with pytest.raises(StartError, match=r"^INTERPRETER_HOST, INTERPRETER_PORT: .*; give others"):
        await server()._check_ports()


@pytest.mark.parametrize(
    ("error", "reason", "is_logged"),
    [
        (OSError(errno.EADDRINUSE, "in use"), "INTERPRETER_HOST, INTERPRETER_PORT or", False),
        (PermissionError(13, "Permission denied", "/x"), "/x: Permission denied", False),
        (OSError(errno.EMFILE, "too many"), "OSError: [Errno 24] too many", True),
        (ZeroDivisionError("by zero"), "ZeroDivisionError: by zero", True),
    ],
)
def test_what_ends_the_worker_is_said_and_only_ports_are_blamed_for_ports(
    error: Exception, reason: str, is_logged: bool, caplog: pytest.LogCaptureFixture
) -> None:
    assert _reason(error).startswith(reason)
    assert [record.exc_info[1] for record in told(caplog) if record.exc_info] == (
        [error] if is_logged else []
    )


def test_an_error_that_nobody_expects_is_no_success(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("INTERPRETER_PORT", "0")

    def load() -> FakeEngines:
        raise ZeroDivisionError("by zero")

    worker = InterpreterServer(Settings(), load)
    with pytest.raises(SystemExit, match=r"^error: ZeroDivisionError: by zero$"):
        asyncio.run(worker.run(unregistered=True))
    assert "Traceback" in caplog.text


@pytest.mark.parametrize(
    ("later", "reason"),
    [
        ("401 Unauthorized", "LIVEKIT_API_KEY, LIVEKIT_API_SECRET: the server at ws://127.0.0.1"),
        ("200 OK", r"LIVEKIT_URL: ws://127\.0\.0\.1:\d+: failed to connect to livekit"),
    ],
    ids=["rotated-keys", "no-worker-endpoint"],
)
def test_keys_that_are_not_taken_any_more_are_named(
    later: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERPRETER_PORT", "0")

    async def serve() -> None:
        async with proxy(later=later) as livekit:
            worker = server(f"ws://127.0.0.1:{livekit.port}")
            # Else LiveKit goes on trying for two minutes.
            worker._max_retry = 0
            await worker.run()

    with pytest.raises(SystemExit, match=f"^error: {reason}"):
        asyncio.run(serve())


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
