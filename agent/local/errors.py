"""The one error that ends a program which runs everything on this machine."""

from __future__ import annotations


class LocalRunError(RuntimeError):
    """It cannot go on; the message says why and what to do about it."""
