"""What the command line asks for. Pure."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.config import language_code

from .errors import DemoError

_EXAMPLES = {"SOURCE": "SOURCE=en", "TARGETS": "TARGETS=es,fr", "LANGUAGES": "LANGUAGES=en,es"}


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
        DemoError: languages that cannot be interpreted between.
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
    source = _language(given.source, "SOURCE")
    targets = parse_languages(given.targets, "TARGETS")
    if source in targets:
        raise DemoError(f"TARGETS contains {source}, which is the language spoken; leave it out")
    return DemoOptions(given.audio, source, targets, given.output)


def parse_languages(text: str, name: str) -> tuple[str, ...]:
    """BCP-47 codes between commas, normalised, each once.

    Args:
        name: of the variable that they were given in.

    Raises:
        DemoError: one is no language.
    """
    return tuple(dict.fromkeys(_language(code, name) for code in text.split(",")))


def _language(text: str, name: str) -> str:
    if not text.strip():
        raise DemoError(f"{name} has an empty language; write it as {_EXAMPLES[name]}")
    if (code := language_code(text)) is None:
        raise DemoError(f"{name}: {text.strip()!r} is no language; write it as {_EXAMPLES[name]}")
    return code
