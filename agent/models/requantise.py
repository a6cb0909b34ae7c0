"""Writing a GGUF model anew in another quantisation."""

from __future__ import annotations

from pathlib import Path

from agent.provisioning.commands import CommandFailed


def requantise(original: Path, destination: Path, quantisation: str) -> None:
    """Requantise with the llama_cpp plugin; blocks for some seconds on every core.

    Raises:
        CommandFailed: The plugin is not installed, or llama.cpp refused.
    """
    try:
        from livekit.plugins.llama_cpp import quantize
    except ImportError as error:
        raise CommandFailed(f"livekit-plugins-llama-cpp is needed ({error})") from None
    quantize(original, destination, quantisation)
