"""`python -m agent.demo.server`: whatever ends it ends its livekit-server, and its key is gone."""

import itertools
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(120),
    pytest.mark.usefixtures("livekit_server"),
]

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_nothing_of_it_stays(number: signal.Signals, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "agent.demo.server"],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "TMPDIR": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as command:
        assert command.stdout is not None
        lines = itertools.takewhile(lambda line: "SECRET" not in line, command.stdout)
        port = re.search(r"LIVEKIT_URL=ws://127.0.0.1:(\d+)", "".join(lines))
        command.send_signal(number)
    assert command.returncode == 0
    assert port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(port[1])))
    assert list(tmp_path.iterdir()) == []
