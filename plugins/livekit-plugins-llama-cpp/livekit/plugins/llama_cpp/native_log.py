"""llama.cpp's own messages go to our logger instead of standard error."""

import ctypes
import logging
import threading

import llama_cpp

from .log import logger

# Numbers of ggml.h: 1 debug, 2 information, 3 warning, 4 error, 5 the line goes on. llama.cpp warns
# of much while it loads; what concerns a user is raised as an error.
_LEVELS = {4: logging.WARNING}
_CONTINUED = 5


class NativeLog:
    """Joins the fragments that llama.cpp writes into lines and remembers the last errors."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._line = ""
        self._level = logging.DEBUG
        self._errors: list[str] = []

    def write(self, level: int, text: str) -> None:
        with self._lock:
            if level != _CONTINUED:
                self._level = _LEVELS.get(level, logging.DEBUG)
            self._line += text
            *lines, self._line = self._line.split("\n")
            lines = [line.strip() for line in lines if line.strip(" .")]
            if self._level >= logging.WARNING:
                self._errors = [*self._errors, *lines][-4:]
        for line in lines:
            logger.log(self._level, "llama.cpp: %s", line)

    def take_errors(self) -> str:
        """The last error lines since the previous call."""
        with self._lock:
            errors, self._errors = self._errors, []
        return "; ".join(errors)


native_log = NativeLog()


@llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
def _on_log(level: int, text: bytes, _: ctypes.c_void_p) -> None:
    native_log.write(level, text.decode("utf-8", "replace"))


def install() -> None:
    """Route the messages; the setting is the process's, so it is made before each load."""
    llama_cpp.llama_log_set(_on_log, ctypes.c_void_p(0))
