"""Commands whose output nobody reads any more, as behind `| head`: no traceback."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("clean_environment")]

ROOT = Path(__file__).parents[2]
BREAKS = "def main():\n    raise BrokenPipeError(32, 'of another program')\n"


def _run(*command: str, stdout: int, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def unread() -> Iterator[int]:
    """The end of a pipe for writing; the other is closed."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@pytest.mark.parametrize(
    ("command", "unbuffered"),
    [
        pytest.param(("agent.models", "--list"), "1", id="at once"),
        pytest.param(("agent.models", "--list"), "", id="at the end"),
        pytest.param(("agent.models", "--help"), "", id="help"),
        pytest.param(("agent.evaluation", "digest", f"{ROOT}/reports/demo.json"), "", id="report"),
    ],
)
def test_output_that_nobody_reads_is_no_error(
    command: tuple[str, ...], unbuffered: str, unread: int, tmp_path: Path
) -> None:
    elsewhere = {"XDG_CACHE_HOME": str(tmp_path), "PYTHONUNBUFFERED": unbuffered}
    done = _run("-m", *command, stdout=unread, **elsewhere)
    assert (done.stderr, done.returncode in (0, 1)) == ("", True)


def test_a_pipe_of_another_program_that_breaks_is_one(tmp_path: Path) -> None:
    (tmp_path / "breaks.py").write_text(BREAKS)
    command = "from agent.entry import run; run('breaks')"
    paths = os.pathsep.join((str(ROOT), str(tmp_path)))
    done = _run("-c", command, stdout=subprocess.PIPE, PYTHONPATH=paths)
    assert done.returncode == 1
    assert "of another program" in done.stderr
