"""How a program begins and ends that runs everything on this machine."""

from __future__ import annotations

import logging
from collections.abc import Callable

from rich.console import Console

from agent.ending import end_by_signal_as_by_interrupt
from agent.log_tokens import hide_tokens
from agent.provisioning import LiveKitServerError
from agent.provisioning.progress import say

from .errors import LocalRunError

_INTERRUPTED = 130


def exit_status(run: Callable[[], None], console: Console, *, interrupted: str) -> int:
    """Run it, say what ended it, and return the program's exit status.

    Its own messages go through the console; the SDK's chatter stays out of them.

    Args:
        interrupted: said after ^C, when all that was started has ended.
    """
    end_by_signal_as_by_interrupt()
    logging.basicConfig(level=logging.ERROR, format="%(name)s: %(message)s")
    hide_tokens()
    try:
        run()
    except (LocalRunError, LiveKitServerError) as error:
        say(Console(stderr=True), f"error: {error}")
        return 1
    except KeyboardInterrupt:
        say(console, interrupted)
        return _INTERRUPTED
    return 0
