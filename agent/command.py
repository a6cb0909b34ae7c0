"""``python -m agent``: run the worker."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from livekit.agents.__main__ import main as livekit_agents

from agent.config import SettingsError, load_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the worker until it is stopped; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m agent",
        description="Interpret the rooms of a LiveKit server. Settings: see .env.example.",
    )
    parser.add_argument("command", nargs="?", choices=["start"], default="start")
    parser.add_argument("--dev", action="store_true", help="stop at once, without finishing rooms")
    given = parser.parse_args(arguments)
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    log_format = "colored" if sys.stdout.isatty() else "json"
    options = ["--log-level", settings.log_level, "--log-format", log_format]
    worker = Path(__file__).with_name("worker.py")
    return livekit_agents(["start", str(worker), *options, *(["--dev"] if given.dev else [])])
