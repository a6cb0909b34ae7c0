from collections.abc import AsyncIterator

import edge_tts.communicate
import pytest
from edge_tts.drm import DRM

from tests.fakes.edge_server import EdgeServer, edge_server


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[EdgeServer]:
    """The service, as far as edge-tts can tell."""
    monkeypatch.setattr(DRM, "clock_skew_seconds", 0.0)
    async with edge_server() as running:
        monkeypatch.setattr(edge_tts.communicate, "WSS_URL", running.url)
        yield running
