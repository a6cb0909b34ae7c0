"""The page's address: one that cannot be is an error that names the option."""

import json
from pathlib import Path

import aiohttp
import pytest

from agent.demo.errors import DemoError
from agent.web.site import Site, serving

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("host", "port"),
    [("127.0.0.1", 99_999), ("192.0.2.1", 0), ("a..b", 0)],
    ids=["port", "address", "name"],
)
async def test_an_address_that_cannot_be(tmp_path: Path, host: str, port: int) -> None:
    site = Site("ws://127.0.0.1:7880", "key", "secret", ("en",), tmp_path)
    with pytest.raises(DemoError, match=rf"the page cannot be at {host}:{port} \(.*--port"):
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
