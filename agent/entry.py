"""What ``python -m`` runs of each command. Imports little, for ^C may come meanwhile."""

import os
import select
import sys
from importlib import import_module
from typing import TextIO


def run(module: str) -> None:
    """Run ``main`` of a module and end the process with the exit status that it returns.

    ^C ends it quietly from the module's first import on, and so does a reader that has seen enough
    of what it writes (``| head``).
    """
    try:
        status: int = import_module(module).main()
    except KeyboardInterrupt:
        status = 130
    except BrokenPipeError:
        # Another program's pipe is none that may break.
        if not _leave_unread():
            raise
        status = 1
    finally:
        # Also where argparse ends the process, which writes what is left.
        _leave_unread()
    from agent.ending import end_process

    end_process(status)


def _leave_unread() -> bool:
    """Write what is left to where somebody reads, and nothing more to where nobody does.

    Returns:
        Whether nobody reads the output or the errors.
    """
    unread = [stream for stream in (sys.stdout, sys.stderr) if stream and _is_unread(stream)]
    for stream in unread:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return bool(unread)


def _is_unread(stream: TextIO) -> bool:
    try:
        stream.flush()
    except BrokenPipeError:
        return True
    # Windows has none.
    return hasattr(select, "poll") and _has_lost_reader(stream)


def _has_lost_reader(stream: TextIO) -> bool:
    poll = select.poll()
    # An end without a reader is told of without being asked for; a terminal that cannot be polled
    # tells of something else.
    poll.register(stream, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
