"""What tests against a real server share."""

import pytest

from agent.provisioning import LiveKitServer
from tests.integration.room import Place


@pytest.fixture
def place(livekit_server: LiveKitServer) -> Place:
    return Place(livekit_server)
