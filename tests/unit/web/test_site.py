"""The page's address: one that cannot be is an error that names the option."""

import json
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from agent.local.errors import LocalRunError
from agent.web.site import Site, serving

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("host", "port"),
    [("127.0.0.1", 99_999), ("192.0.2.1", 0), ("a..b", 0)],
    ids=["port", "address", "name"],
)
async def test_an_address_that_cannot_be(tmp_path: Path, host: str, port: int) -> None:
    site = Site("ws://127.0.0.1:7880", "key", "secret", ("en",), tmp_path)
    with pytest.raises(LocalRunError, match=rf"the page cannot be at {host}:{port} \(.*--port"):
        async with serving(site, port, host=host):
            pytest.fail("it is")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("127.0.0.1:8080", 200),
        ("localhost:8080", 200),
        ("[::1]", 200),
        ("192.0.2.7", 200),
        ("attacker.example:8080", 421),
        ("127.0.0.1.attacker.example", 421),
    ],
)
async def test_a_name_that_others_give_this_machine_leads_to_no_token(
    tmp_path: Path, asked: str, status: int
) -> None:
    site = Site("ws://127.0.0.1:7880", "key", "s" * 40, ("en",), tmp_path)
    visitor = json.dumps({"name": "Ana", "room": "hall", "hears": "en"})
    async with serving(site) as address, aiohttp.ClientSession() as client:
        url, headers = f"{address}/ticket", {"Host": asked}
        async with client.post(url, data=visitor, headers=headers) as answer:
            assert answer.status == status
            assert ("token" in await answer.text()) == (status == 200)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("rooms.example", 200),
        ("Rooms.Example:443", 200),
        ("xn--bcher-kva.example", 200),
        ("localhost", 200),
        ("192.0.2.7", 200),
        ("other.rooms.example", 421),
        ("example", 421),
    ],
)
async def test_the_name_of_a_proxy_leads_to_the_page_once_it_is_given(
    tmp_path: Path, asked: str, status: int
) -> None:
    names = ("rooms.example", "Bücher.example")
    site = Site("wss://livekit.example", "key", "s" * 40, ("en",), tmp_path, host_names=names)
    async with serving(site) as address, aiohttp.ClientSession() as client:
        async with client.get(f"{address}/languages", headers={"Host": asked}) as answer:
            assert answer.status == status


async def test_who_asks_by_an_unknown_name_is_told_how_it_is_given(tmp_path: Path) -> None:
    site = Site("ws://127.0.0.1:7880", "key", "secret", ("en",), tmp_path)
    async with serving(site) as address, aiohttp.ClientSession() as client:
        async with client.get(address, headers={"Host": "rooms.example"}) as answer:
            assert "--host-name" in await answer.text()


@pytest.mark.parametrize("host", ["::", ""])
async def test_what_is_no_name_is_none_that_is_allowed(tmp_path: Path, host: str) -> None:
    site = Site("ws://127.0.0.1:7880", "key", "secret", ("en",), tmp_path)
    server = TestServer(site.application(host))
    async with (
        TestClient(server) as client,
        client.get("/languages", headers={"Host": "a:b:c"}) as answer,
    ):
        assert answer.status == 421
