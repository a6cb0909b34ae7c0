"""What visitors need."""

import shutil
from pathlib import Path

import pytest

from agent.models import Store
from agent.models.store import default_root

_NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's executable."""
    for name in _NAMES:
        if (path := shutil.which(name)) is not None:
            return path
    pytest.skip(f"no browser: none of {', '.join(_NAMES)} is on PATH (Debian: chromium)")


@pytest.fixture(scope="session")
def livekit_client() -> Path:
    """The folder of LiveKit's client for browsers."""
    return Store(default_root()).ensure("livekit-client")
