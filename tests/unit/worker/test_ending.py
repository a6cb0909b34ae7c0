"""The end of a process that native threads may still call into."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.unit

_PROGRAM = """
import logging, sys
from agent.ending import end_process

class Late:
    def __del__(self):
        print("finalised")

late = Late()
late.itself = late
logging.basicConfig(stream=sys.stdout, format="%(message)s")
logging.error("logged")
sys.stdout.write("unfinished line")
end_process(3)
"""


def test_what_was_written_is_out_and_nothing_is_finalised() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 3
    assert ended.stdout == "logged\nunfinished line"
    assert ended.stderr == ""


_COMMAND = """
import signal, sys
from agent.ending import end_by_signal_as_by_interrupt

end_by_signal_as_by_interrupt()
try:
    signal.raise_signal(signal.Signals[sys.argv[1]])
    print("goes on")
except KeyboardInterrupt:
    print("ends in order")
"""


@pytest.mark.parametrize(
    ("ignored", "sent", "said"),
    [
        pytest.param("INT", "SIGTERM", "ends in order", id="in a script's background"),
        pytest.param("INT", "SIGHUP", "ends in order", id="whose terminal goes away"),
        pytest.param("INT", "SIGINT", "ends in order", id="or who is told as by ^C"),
        pytest.param("HUP", "SIGTERM", "ends in order", id="under nohup"),
        pytest.param("HUP", "SIGHUP", "goes on", id="which outlives the terminal"),
    ],
)
def test_a_command_started_with_a_signal_ignored(ignored: str, sent: str, said: str) -> None:
    shell = ["/bin/sh", "-c", f"trap '' {ignored}; exec \"$@\"", "sh"]
    ended = subprocess.run(
        [*shell, sys.executable, "-c", _COMMAND, sent], capture_output=True, text=True, check=False
    )
    assert (ended.stdout, ended.stderr) == (f"{said}\n", "")
