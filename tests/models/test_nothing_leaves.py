"""The other promise: once the models are there, nothing is sent to any other machine.

The demo runs as a user runs it, and `strace` writes down what every thread of its processes (the
listener, the worker and livekit-server) sends, and to whom.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

pytestmark = [pytest.mark.models, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
# Libraries that report to their makers keep quiet where one of these is set.
QUIETENING = {"CI", "DO_NOT_TRACK", "HF_HUB_OFFLINE", "ORT_DISABLE_TELEMETRY"}
CALL = re.compile(r"^\d+ +(connect|send\w*)\(\d+<(\w+):([^(]*)")
TO = re.compile(
    r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"|->\[?([0-9a-f.:]+?)\]?:\d+\]'
)


def watched(*command: str, trace: Path, **variables: str) -> str:
    """Run `command` to its end; its output. What it sends is written to `trace`."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("no strace; `apt-get install strace`")
    options = ["-f", "-yy", "-qq", "-e", "trace=%network", "-e", "signal=none", "-o", str(trace)]
    environment = {name: value for name, value in os.environ.items() if name not in QUIETENING}
    done = subprocess.run(
        [strace, *options, *command],
        cwd=ROOT,
        env={**environment, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=540,
        check=False,
    )
    if "Operation not permitted" in done.stdout:
        pytest.skip("strace may not watch processes here")
    assert done.returncode == 0, done.stdout
    return done.stdout


def sent(trace: Path) -> Iterator[tuple[str, str]]:
    """Every packet or connection: its line in the trace, and the address that it goes to."""
    for line in trace.read_text(errors="replace").splitlines():
        call = CALL.match(line)
        if call is None:
            continue
        # Connecting a datagram socket sends nothing: WebRTC asks so which interface leads outside.
        if call[1] == "connect" and call[2].startswith("UDP"):
            continue
        for groups in TO.findall(line):
            yield line, next(filter(None, groups))


@cache
def leaves(address: str) -> bool:
    """Whether `address` is another machine's: one's own can be bound to."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return True
    return False


@pytest.mark.parametrize("kind", ["SOCK_DGRAM", "SOCK_STREAM"])
def test_what_leaves_is_seen(kind: str, tmp_path: Path) -> None:
    # 198.51.100.0/24 is for documentation: nobody has an address of it.
    program = f"""
from socket import *
with socket(AF_INET, {kind}) as one:
    one.setblocking(False)
    one.connect_ex(("198.51.100.1", 9))
    try:
        one.send(b"secret")
    except OSError:
        pass
"""
    watched(sys.executable, "-c", program, trace=tmp_path / "trace")
    assert {to for _, to in sent(tmp_path / "trace") if leaves(to)} == {"198.51.100.1"}


def test_nothing_leaves_the_machine_and_nothing_is_left_on_it(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    command = ["-m", "agent.demo", "--source", "en", "--targets", "es"]
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    arguments = [*command, "--output", str(tmp_path / "demo")]
    output = watched(sys.executable, *arguments, trace=trace, TMPDIR=str(temporary))
    assert "es.stereo.wav" in output
    assert not list(temporary.iterdir())
    lines = list(sent(trace))
    # The speech and its translation alone are a thousand packets.
    assert len(lines) > 1000
    assert [line for line, to in lines if leaves(to)] == []
