"""A LiveKit server is reached directly where it should be, and engines by the proxies given."""

import os
from urllib.request import getproxies_environment

import httpx2
import pytest
from aiohttp.helpers import get_env_proxy_for_url
from openai import DefaultAsyncHttpxClient
from yarl import URL

from agent.environment import is_reached_directly, leave_proxy, lend_proxy_to_web_sockets

pytestmark = pytest.mark.unit

PLAIN, SECURE = "http://plain:3128", "http://secure:3128"
SERVERS = ("http://gpu-box:8000/v1", "http://127.0.0.1:8000/v1", "https://api.example/v1")


@pytest.mark.parametrize(
    ("url", "no_proxy", "directly"),
    [
        ("ws://127.0.0.1:7880", "", True),
        ("ws://127.8.8.8", "", True),
        ("ws://localhost:7880", "", True),
        ("ws://LiveKit.localhost:7880", "", True),
        ("ws://[::1]:7880", "", True),
        ("ws://livekit:7880", "", False),
        ("ws://livekit:7880", "gpu-box, livekit", True),
        ("ws://livekit:7880", "livekit:7880", True),
        ("ws://livekit:7880", "livekit:7881", False),
        ("wss://rooms.corp.example", ".corp.example", True),
        ("wss://rooms.example", "*", True),
        ("wss://rooms.example", "gpu-box, *", True),
        ("wss://rooms.Corp.example:443", "*.corp.example", True),
        ("wss://rooms.corp.example", "*.Corp.example", True),
        ("wss://corp.example.org", "*.corp.example", False),
        ("wss://rooms-corp.example", "*corp.example", False),
        ("ws://10.1.2.3:7880", "gpu-box, 10.0.0.0/8", True),
        ("ws://10.1.2.3:7880", "10.1.0.1/16", True),
        ("ws://11.1.2.3:7880", "10.0.0.0/8", False),
        ("ws://[fd00::5]:7880", "fd00::/8", True),
        ("ws://[fd00::5]:7880", "10.0.0.0/8", False),
        ("ws://ten.example", "10.0.0.0/8", False),
        ("ws://[fd00::5]:7880", "fd00::5", True),
        ("wss://127.0.0.1.example", "", False),
        ("ws://[a", "*", False),
        ("", "", False),
        ("", "gpu-box, *", False),
    ],
)
def test_whether_a_server_is_reached_without_a_proxy(
    url: str, no_proxy: str, directly: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", {"HTTPS_PROXY": SECURE, "NO_PROXY": no_proxy})
    assert is_reached_directly(url) is directly


async def ways() -> dict[str, str | None]:
    """The proxy that an engine's client asks for each server, as things are."""
    # Reading the certificates for each would take most of the test's time.
    async with DefaultAsyncHttpxClient(verify=False) as client:
        transports = {url: client._transport_for_url(httpx2.URL(url)) for url in SERVERS}
    pools = {url: getattr(transport, "_pool", None) for url, transport in transports.items()}
    proxies = {url: getattr(pool, "_proxy_url", None) for url, pool in pools.items()}
    return {url: proxy and proxy.host.decode() for url, proxy in proxies.items()}


@pytest.mark.parametrize("url", ["ws://127.0.0.1:7880", "wss://livekit.local", "http://[::1]"])
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"HTTPS_PROXY": SECURE},
        {"HTTP_PROXY": PLAIN},
        {"http_proxy": PLAIN, "https_proxy": SECURE},
        {"HTTP_PROXY": PLAIN, "HTTPS_PROXY": SECURE, "NO_PROXY": "gpu-box,127.0.0.1"},
        {"HTTPS_PROXY": SECURE, "NO_PROXY": "api.example"},
        {"HTTP_PROXY": PLAIN, "ALL_PROXY": SECURE},
        {"HTTPS_PROXY": SECURE, "all_proxy": PLAIN},
        {"HTTP_PROXY": PLAIN, "NO_PROXY": "*"},
    ],
)
async def test_engines_keep_their_way_when_the_client_of_rooms_leaves_it(
    url: str, given: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", dict(given))
    before = await ways()
    leave_proxy(url)
    left = "HTTPS_PROXY" if url.startswith("wss") else "HTTP_PROXY"
    assert not {left, left.lower()} & os.environ.keys()
    assert await ways() == before
    # A child that is told the same once more.
    leave_proxy(url)
    assert await ways() == before


def test_what_is_empty_is_left_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the native client small letters do not go first."""
    monkeypatch.setattr(os, "environ", {"HTTP_PROXY": PLAIN, "http_proxy": ""})
    leave_proxy("ws://localhost")
    assert os.environ == {}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"HTTPS_PROXY": SECURE}, "secure"),
        ({"https_proxy": SECURE, "WSS_PROXY": PLAIN}, "plain"),
        ({"HTTPS_PROXY": SECURE, "NO_PROXY": "voices.example"}, None),
        ({"HTTPS_PROXY": "socks5://other"}, None),
        ({"HTTP_PROXY": PLAIN}, None),
    ],
)
def test_web_sockets_of_voices_take_the_proxy_too(
    given: dict[str, str], expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", dict(given))
    lend_proxy_to_web_sockets()
    try:
        proxy, _ = get_env_proxy_for_url(URL("wss://voices.example/speech"))
    except LookupError:
        assert expected is None
    else:
        assert proxy.host == expected
    assert ("https" in getproxies_environment()) == ("HTTPS_PROXY" in map(str.upper, given))
