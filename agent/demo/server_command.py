"""`python -m agent.demo.server`: a livekit-server to try things with, on this machine."""

from __future__ import annotations

import argparse
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from agent.config import SettingsError, load_settings
from agent.ending import end_by_signal_as_by_interrupt
from agent.provisioning import (
    LiveKitServer,
    LiveKitServerError,
    LiveKitServerUnavailable,
    console_progress,
    ensure_livekit_server,
    own_address,
)
from agent.provisioning.progress import say

_LOOK_SECONDS = 1.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Get livekit-server where it is missing, and run it until ^C; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m agent.demo.server",
        description="A livekit-server to try things with, for this machine alone, until ^C.",
    )
    parser.add_argument("--install-only", action="store_true", help="get it, do not start it")
    options = parser.parse_args(arguments)
    console = Console()
    end_by_signal_as_by_interrupt()
    try:
        binary = ensure_livekit_server(console_progress(console), load_settings().livekit_server)
        if options.install_only:
            say(console, f"livekit-server: {binary}")
            return 0
        return _serve(binary, console)
    except (
        SettingsError,
        LiveKitServerUnavailable,
        LiveKitServerError,
        OSError,
    ) as error:
        say(Console(stderr=True), f"error: {error}")
        return 1
    except KeyboardInterrupt:
        return 0


def _serve(binary: Path, console: Console) -> int:
    with (
        tempfile.TemporaryDirectory() as folder,
        LiveKitServer(binary, Path(folder), media_address=own_address()) as server,
    ):
        say(console, "livekit-server runs on this machine only, until ^C. For .env:\n")
        say(console, f"LIVEKIT_URL={server.url}")
        say(console, f"LIVEKIT_API_KEY={server.api_key}")
        say(console, f"LIVEKIT_API_SECRET={server.api_secret}\n")
        while server.running:
            threading.Event().wait(_LOOK_SECONDS)
        raise LiveKitServerError(f"livekit-server ended; the end of its log:\n{server.log_tail()}")
