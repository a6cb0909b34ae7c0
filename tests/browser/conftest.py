"""What visitors need."""

import shutil
from pathlib import Path

import pytest

from agent.models import Store
from agent.models.store import default_root


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's executable."""
    return _found("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def firefox() -> str:
    """The other browser's."""
    return _found("firefox-esr", "firefox")


def _found(*names: str) -> str:
    for name in names:
        if (path := shutil.which(name)) is not None:
            return path
    pytest.skip(f"no browser: none of {', '.join(names)} is on PATH (Debian: {names[0]})")


@pytest.fixture(scope="session")
def livekit_client() -> Path:
    """The folder of LiveKit's client for browsers."""
    return Store(default_root()).ensure("livekit-client")
