"""The folder of the results."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.local.errors import LocalRunError


@contextmanager
def writing_to(output: Path) -> Iterator[None]:
    """For all that is written into the folder of the results.

    Raises:
        LocalRunError: it could not be.
    """
    try:
        yield
    except OSError as error:
        raise LocalRunError(
            f"{error.filename or output} cannot be written ({error.strerror or error}): make it "
            "writable and make room, or give another folder, OUTPUT=results"
        ) from None
