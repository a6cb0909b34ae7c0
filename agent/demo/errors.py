"""The demo's one error, and where it comes from a file that cannot be written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DemoError(RuntimeError):
    """The demo cannot go on; the message says why and what to do about it."""


@contextmanager
def writing_to(output: Path) -> Iterator[None]:
    """For all that is written into the folder of the results.

    Raises:
        DemoError: it could not be.
    """
    try:
        yield
    except OSError as error:
        raise DemoError(
            f"{error.filename or output} cannot be written ({error.strerror or error}): make it "
            "writable and make room, or give another folder, OUTPUT=results"
        ) from None
