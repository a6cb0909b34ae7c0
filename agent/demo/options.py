"""What the command line asks for. Pure."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.local.errors import LocalRunError
from agent.local.languages import parse_language, parse_languages


@dataclass(frozen=True)
class DemoOptions:
    """Attributes:
    audio: recording to interpret; None for the model store's `demo-audio`.
    source, targets: BCP-47 codes, normalised.
    output: folder for what the demo leaves behind.
    """

    audio: Path | None
    source: str
    targets: tuple[str, ...]
    output: Path


def parse_options(arguments: Sequence[str] | None = None) -> DemoOptions:
    """Options from the command line; argparse ends the program for what it does not know.

    Raises:
        LocalRunError: languages that cannot be interpreted between.
    """
    parser = argparse.ArgumentParser(
        prog="python -m agent.demo",
        description="Interpret a recording through a real livekit-server, in real time.",
    )
    parser.add_argument("--audio", type=Path, help="any audio file (default: 11 s of a speech)")
    parser.add_argument("--source", default="en", help="language spoken in it (default: en)")
    parser.add_argument("--targets", default="es,fr", help="languages to hear (default: es,fr)")
    parser.add_argument("--output", type=Path, default=Path("demo-output"), help="folder to write")
    given = parser.parse_args(arguments)
    source = parse_language(given.source, "SOURCE")
    targets = parse_languages(given.targets, "TARGETS")
    if source in targets:
        raise LocalRunError(
            f"TARGETS contains {source}, which is the language spoken; leave it out"
        )
    return DemoOptions(given.audio, source, targets, given.output)
