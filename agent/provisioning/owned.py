"""Run as a script: COMMAND [ARGUMENT …], which ends with whoever holds the standard input open.

However that owner ends, and be it killed, the kernel closes it. Imports nothing but the standard
library.
"""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence

_POLL_SECONDS = 0.1
_CANNOT_RUN = 127


def main(command: Sequence[str]) -> int:
    """Run it to its end; returns its exit status.

    Without its owner it is killed with the whole process group, which this process has to lead.
    """
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be run ({error.strerror})\n")
        return _CANNOT_RUN
    while child.poll() is None:
        if select.select([sys.stdin], [], [], _POLL_SECONDS)[0]:
            child.kill()
            child.wait()
            os.killpg(0, signal.SIGKILL)
    return child.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
