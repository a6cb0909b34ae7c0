"""What can go wrong with model files."""

from __future__ import annotations


class ModelError(RuntimeError):
    """Base of the model store's errors; the message says what to do about it."""


class UnknownModel(ModelError):
    """No model of that name is in the catalogue."""


class ModelUnavailable(ModelError):
    """A file is missing or corrupt and no source could give a good one."""


class SourceUnavailable(Exception):
    """One source has no answer; the store goes on to the next. The text is the reason."""


class WrongContents(SourceUnavailable):
    """A source sent something else than the file; what it kept for a later try is no good."""
