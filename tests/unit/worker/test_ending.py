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
