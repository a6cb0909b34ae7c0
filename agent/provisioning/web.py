"""Fetching a file by HTTP: resumable, with progress, failing fast when nobody answers."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from pathlib import Path
from typing import BinaryIO

from .progress import Progress, Task

_TIMEOUT_SECONDS = 10.0
_CHUNK_BYTES = 1 << 18


class DownloadFailed(RuntimeError):
    """The address did not answer, refused, or broke off."""


def download(url: str, destination: Path, progress: Progress, description: str) -> None:
    """Fetch `url` into `destination`; what an earlier try left there is continued.

    Raises:
        DownloadFailed: The message names the address and the reason.
    """
    try:
        _download(url, destination, progress, description)
    except (OSError, http.client.HTTPException) as error:
        if _unsatisfiable(error):
            destination.unlink(missing_ok=True)
        raise DownloadFailed(f"{url}: {_reason(error)}") from None


def _download(url: str, destination: Path, progress: Progress, description: str) -> None:
    have = destination.stat().st_size if destination.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:
        if response.status != http.HTTPStatus.PARTIAL_CONTENT:
            have = 0
        length = response.headers.get("Content-Length")
        total = have + int(length) if length is not None else None
        with (
            progress.task(description, total) as task,
            destination.open("ab" if have else "wb") as file,
        ):
            received = have + _copy(response, file, have, task)
    if total is not None and received != total:
        raise http.client.IncompleteRead(b"", total - received)


def _copy(response: http.client.HTTPResponse, file: BinaryIO, have: int, task: Task) -> int:
    received = 0
    while chunk := response.read(_CHUNK_BYTES):
        file.write(chunk)
        received += len(chunk)
        task.update(have + received)
    return received


def _unsatisfiable(error: Exception) -> bool:
    """Whether what an earlier try left is no beginning of the file: it cannot be continued."""
    status = http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    return isinstance(error, urllib.error.HTTPError) and error.code == status


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP status {error.code}"
    if isinstance(error, urllib.error.URLError):
        return str(error.reason)
    return str(error) or type(error).__name__
