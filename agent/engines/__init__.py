"""Engines by configuration. The only package that creates concrete plugins' engines."""

from .languages import ON_DEMAND, check_recognisers, check_voices
from .loaded import Engines
from .plugins import import_plugins
from .types import EngineError, EngineSet, Holder, Voice
from .voices import ANYBODY, Wish

__all__ = [
    "ANYBODY",
    "ON_DEMAND",
    "EngineError",
    "EngineSet",
    "Engines",
    "Holder",
    "Voice",
    "Wish",
    "check_recognisers",
    "check_voices",
    "import_plugins",
]
