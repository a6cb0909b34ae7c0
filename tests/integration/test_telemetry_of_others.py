"""ONNX Runtime reports to nobody, whichever part of the project brings it in."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

# It keeps quiet by itself where tests run.
QUIETENING = {"CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS"}


def files_written(package: str, cache: Path) -> list[Path]:
    """What a program leaves in the user's cache: telemetry keeps its identifier and queue there."""
    inherited = {name: value for name, value in os.environ.items() if name not in QUIETENING}
    program = f"import {package}\nfrom livekit.plugins import silero\nsilero.VAD.load()"
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env={**inherited, "XDG_CACHE_HOME": str(cache)},
        check=True,
        timeout=60,
    )
    return [path for path in cache.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "package", ["agent", "livekit.plugins.faster_whisper", "livekit.plugins.kokoro"]
)
def test_it_is_off(package: str, tmp_path: Path) -> None:
    assert files_written(package, tmp_path) == []
