"""What goes wrong in a decode, as LiveKit's APIError family."""

from livekit.agents import APIConnectionError, APIError, APITimeoutError

_OUT_OF_MEMORY = ("out of memory", "bad_alloc", "failed to allocate", "cannot allocate")


def as_api_error(error: Exception) -> APIError:
    """The typed error for an exception raised by a decode, saying what to do about it."""
    if isinstance(error, APIError):
        return error
    message = str(error).lower()
    if isinstance(error, MemoryError) or any(text in message for text in _OUT_OF_MEMORY):
        return APIError(
            f"not enough memory to recognise speech ({error}); use a smaller model or "
            "compute_type='int8'",
            retryable=False,
        )
    if isinstance(error, RuntimeError) and "shutdown" in message:
        return APIError("the recogniser was closed while a stream used it", retryable=False)
    return APIConnectionError(f"the speech model failed: {type(error).__name__}: {error}")


def too_slow(seconds: float, *, retryable: bool = True) -> APITimeoutError:
    """A decode, with its wait for the model's thread, took longer than allowed.

    Not retryable when the decode that was given up before has still not ended.
    """
    return APITimeoutError(
        f"no answer from the speech model for {seconds:g} s; use a smaller model, fewer speakers "
        "per worker, or a longer timeout in conn_options",
        retryable=retryable,
    )
