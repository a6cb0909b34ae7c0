"""The page's address: one that cannot be is an error that names the option."""

from pathlib import Path

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
