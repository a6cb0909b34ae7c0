"""Following the emissions log while the worker writes it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

_POLL_SECONDS = 0.1


async def follow(path: Path) -> AsyncGenerator[dict[str, Any], None]:
    """Every line of a log of JSON lines, those to come included; ends only when cancelled.

    The file may not be there yet; a line that is not complete yet is waited for.
    """
    rest = b""
    position = 0
    while True:
        data = await asyncio.to_thread(_read_from, path, position)
        position += len(data)
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            if line.strip():
                yield json.loads(line)
        if not data:
            await asyncio.sleep(_POLL_SECONDS)


def _read_from(path: Path, position: int) -> bytes:
    if not path.exists():
        return b""
    with path.open("rb") as file:
        file.seek(position)
        return file.read()
