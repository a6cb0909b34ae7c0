"""The real Whisper model, for the tests that need one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from livekit.plugins.faster_whisper import Recognizer
from livekit.plugins.faster_whisper.models import default_folder


def whisper_base() -> Path:
    """Its folder; a test that asks where there is none is skipped."""
    folder = default_folder() / "whisper-base"
    if not folder.is_dir():
        pytest.skip(f"no Whisper model in {folder}")
    return folder


@pytest.fixture(scope="module")
def recognizer() -> Iterator[Recognizer]:
    loaded = Recognizer.load(whisper_base(), tune_allocator=True)
    yield loaded
    loaded.close()
