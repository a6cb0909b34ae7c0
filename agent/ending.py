"""How a command that took part in a room ends its process."""

import logging
import os
import signal
import sys
from typing import NoReturn


def end_by_signal_as_by_interrupt() -> None:
    """Give whoever ends the command by SIGTERM or SIGHUP the same orderly end as with ^C.

    A script starts what it puts in the background with SIGINT ignored, which nothing could end
    then; SIGHUP that is ignored stays so, since that is what ``nohup`` is for.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if number == signal.SIGTERM or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))


def end_process(status: int) -> NoReturn:
    """End at once with ``status``, all files being closed and all rooms left.

    The interpreter is not finalised: LiveKit's native threads may report an event meanwhile, and
    up to Python 3.13 a thread that asks for the interpreter then is unwound, which Rust answers by
    aborting the process ("panic in a function that cannot unwind") although its work was done.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
