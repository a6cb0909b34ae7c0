"""Engines by configuration. The only package that creates concrete plugins' engines."""

from .languages import ON_DEMAND, check_recognisers, check_voices
from .loaded import Engines
from .plugins import import_plugins
from .types import EngineError, EngineSet, Holder, Voice

__all__ = [
    "ON_DEMAND",
    "EngineError",
    "EngineSet",
    "Engines",
    "Holder",
    "Voice",
    "check_recognisers",
    "check_voices",
    "import_plugins",
]
