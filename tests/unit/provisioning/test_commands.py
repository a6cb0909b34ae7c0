"""Programs that are run for somebody: they end with whoever runs them, however that ends."""

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from agent.provisioning.commands import CommandFailed, run_watched

pytestmark = pytest.mark.unit

# Holds the pipe open, as does what it starts itself.
PROGRAM = """
import subprocess, sys
pipe = open(sys.argv[1], "wb")
subprocess.run([sys.executable, "-c", "import time; time.sleep(60)"], pass_fds=[pipe.fileno()])
"""
OWNER = """
import sys
from agent.provisioning.commands import run_watched
run_watched([sys.executable, "-c", *sys.argv[1:]], on_poll=lambda: None)
"""


def test_a_program_ends_when_its_owner_is_killed(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    owner = subprocess.Popen([sys.executable, "-c", OWNER, PROGRAM, pipe])
    # Opens once the program does, and is at its end when nobody has it open any more.
    with pipe.open("rb") as held:
        owner.kill()
        owner.wait()
        assert select.select([held], [], [], 30)[0]
        assert held.read() == b""


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(CommandFailed, match=r"^none-such cannot be run \(No such file"):
        run_watched(["none-such"], on_poll=lambda: None)
