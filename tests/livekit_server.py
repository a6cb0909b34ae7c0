"""A real livekit-server on loopback, with keys and ports of its own, for the whole run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.config import Settings
from agent.provisioning import LiveKitServer, find_livekit_server


@pytest.fixture(scope="session")
def livekit_server_binary() -> Path:
    """Its executable; the test is skipped where there is none to start."""
    binary = find_livekit_server(Settings().livekit_server)
    if binary is None:
        pytest.skip("no livekit-server: `make livekit-server`, or set INTERPRETER_LIVEKIT_SERVER")
    return binary


@pytest.fixture(scope="session")
def livekit_server(
    livekit_server_binary: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveKitServer]:
    """The server."""
    with LiveKitServer(livekit_server_binary, tmp_path_factory.mktemp("livekit")) as server:
        yield server
