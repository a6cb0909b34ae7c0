"""Hashing model files, and remembering which were found right."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from agent.provisioning.progress import Progress

logger = logging.getLogger("interpreter.models")

_CHUNK_BYTES = 1 << 22


@dataclass(frozen=True)
class Stamp:
    """A file as it was when its hash was taken.

    Size and modification time (nanoseconds) tell a changed file; hashing 1.3 GB at each start
    would take seconds.
    """

    size: int
    mtime_ns: int
    sha256: str

    def matches(self, path: Path) -> bool:
        stat = path.stat()
        return (stat.st_size, stat.st_mtime_ns) == (self.size, self.mtime_ns)


class Stamps:
    """The stamps of one model's files, in a small JSON file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, file: Path) -> Stamp | None:
        return self._read().get(str(file.absolute()))

    def put(self, file: Path, sha256: str) -> None:
        """Remember the hash of a file as it is now; a folder that is read-only forgets it."""
        stat = file.stat()
        stamps = self._read()
        stamps[str(file.absolute())] = Stamp(stat.st_size, stat.st_mtime_ns, sha256)
        try:
            self._write(stamps)
        except OSError as error:
            logger.debug("no stamp was written", extra={"file": str(file), "reason": str(error)})

    def _read(self) -> dict[str, Stamp]:
        try:
            entries = json.loads(self._path.read_text())
            return {path: Stamp(**entry) for path, entry in entries.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError):
            logger.warning("unreadable stamps are ignored", extra={"file": str(self._path)})
            return {}

    def _write(self, stamps: dict[str, Stamp]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_suffix(f".{os.getpid()}.tmp")
        entries = {path: asdict(stamp) for path, stamp in stamps.items()}
        temporary.write_text(json.dumps(entries, indent=1))
        temporary.replace(self._path)


def hash_file(path: Path, progress: Progress, description: str) -> str:
    """SHA-256 of a file, hexadecimal."""
    digest = hashlib.sha256()
    done = 0
    with progress.task(description, path.stat().st_size) as task, path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            done += len(chunk)
            task.update(done)
    return digest.hexdigest()
