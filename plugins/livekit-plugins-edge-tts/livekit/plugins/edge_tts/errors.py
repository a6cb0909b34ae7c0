"""What goes wrong between here and the service, as LiveKit's APIError family."""

import aiohttp
from livekit.agents import APIConnectionError, APIError, APIStatusError, APITimeoutError

from edge_tts.exceptions import (
    EdgeTTSException,
    NoAudioReceived,
    SkewAdjustmentError,
    WebSocketError,
)

# What talking to the service can raise. ValueError and KeyError come from frames that edge-tts
# cannot parse.
FAILURES = (EdgeTTSException, aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError)


def as_api_error(error: Exception) -> APIError:
    """The typed error for ``error``, saying what to do about it."""
    # aiohttp's timeouts are connection errors too, so they come first.
    if isinstance(error, TimeoutError):
        return APITimeoutError(f"the Edge voice service does not answer{_detail(error)}")
    if isinstance(error, aiohttp.ClientResponseError):
        return _refused(error.status)
    if isinstance(error, SkewAdjustmentError):
        return _refused(403)
    if isinstance(error, NoAudioReceived):
        return APIError(
            "the Edge voice service sent no audio; check that the voice speaks the text's "
            "language and that voice, rate, pitch and volume are valid"
        )
    if isinstance(error, (WebSocketError, aiohttp.ClientError, OSError)):
        return APIConnectionError(
            f"cannot reach the Edge voice service{_detail(error)}; check the network or set proxy="
        )
    return APIError(
        f"the Edge voice service answered in an unknown form{_detail(error)}; a newer edge-tts "
        "may know it"
    )


def _refused(status: int) -> APIStatusError:
    if status == 403:
        message = (
            "the Edge voice service refuses the request, also with the clock corrected; upgrade "
            "edge-tts, whose access token may be out of date, or use another network"
        )
    else:
        message = "the Edge voice service refuses the connection"
    return APIStatusError(message, status_code=status)


def _detail(error: Exception) -> str:
    return f" ({type(error).__name__}: {error})" if str(error) else f" ({type(error).__name__})"
