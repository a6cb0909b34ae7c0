"""Where the livekit-server executable is, without getting one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import platformdirs


def livekit_server_cache() -> Path:
    """Where `ensure_livekit_server` puts the executable that it got."""
    return platformdirs.user_cache_path("livekit-interpreter") / "bin" / "livekit-server"


def find_livekit_server(explicit: Path | None = None) -> Path | None:
    """The executable to use: the given one, the one on PATH, the cached one, or None.

    Args:
        explicit: A path that was configured. It is used or it is an error, never passed over.

    Raises:
        FileNotFoundError: `explicit` is not an executable file.
    """
    if explicit is not None:
        if not _executable(explicit):
            raise FileNotFoundError(
                f"{explicit} is not an executable file: correct INTERPRETER_LIVEKIT_SERVER, or "
                "unset it to have livekit-server found or installed"
            )
        return explicit
    on_path = shutil.which("livekit-server")
    if on_path is not None:
        return Path(on_path)
    cached = livekit_server_cache()
    return cached if _executable(cached) else None


def _executable(path: Path) -> bool:
    # Unlike `Path.is_file`, no error where a folder cannot be looked into.
    return os.path.isfile(path) and os.access(path, os.X_OK)
