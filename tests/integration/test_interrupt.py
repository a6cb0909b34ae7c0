"""^C while a command imports what it needs: no traceback, and the exit status of a ^C."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("clean_environment")]

ROOT = Path(__file__).parents[2]
# ^C at a known moment: the import of this in a library's place.
INTERRUPTED = "import signal\nsignal.raise_signal(signal.SIGINT)\n"


@pytest.mark.parametrize(
    ("command", "library"),
    [
        pytest.param("agent", "dotenv", id="settings"),
        pytest.param("agent", "onnxruntime", id="plugins"),
        pytest.param("agent.demo", "rich", id="demo"),
        pytest.param("agent.demo.server", "rich", id="server"),
        pytest.param("agent.evaluation", "rich", id="evaluation"),
        pytest.param("agent.models", "platformdirs", id="package"),
        pytest.param("agent.models", "pydantic_settings", id="command"),
    ],
)
def test_an_interrupted_import_is_quiet(tmp_path: Path, command: str, library: str) -> None:
    (tmp_path / f"{library}.py").write_text(INTERRUPTED)
    done = subprocess.run(
        [sys.executable, "-m", command],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
