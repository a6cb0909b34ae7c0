"""Requests to the LiveKit server's API."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import aiohttp

from livekit import api

logger = logging.getLogger("interpreter.worker")

Access = Callable[[], api.LiveKitAPI]
"""A connection, to be closed after the request."""
FAILURES = (api.TwirpError, aiohttp.ClientError, TimeoutError)
"""How a request fails: it is refused, or the server does not answer."""
_RETRY_SECONDS = 1.0
_REQUEST_SECONDS = 5.0
_ANY_ROOM = "interpreter"


class StartError(RuntimeError):
    """The worker cannot start; the text names the setting and the fix."""


async def participants(access: Access, room: str) -> Sequence[api.ParticipantInfo]:
    """All in a room, those it hides as well. Raises what :data:`FAILURES` names."""
    async with access() as server:
        there = await server.room.list_participants(api.ListParticipantsRequest(room=room))
    return there.participants


class Connection(api.LiveKitAPI):
    """Requests to the server by the way that LiveKit's worker goes.

    Args:
        proxy: the address of one to go through; None or empty for none.
    """

    def __init__(self, url: str, key: str, secret: str, proxy: str | None) -> None:
        timeout = aiohttp.ClientTimeout(total=_REQUEST_SECONDS)
        self._own = aiohttp.ClientSession(proxy=proxy or None, timeout=timeout)
        super().__init__(url, key, secret, session=self._own)

    async def aclose(self) -> None:
        """See the base class, which leaves a session open that it was given."""
        await super().aclose()
        await self._own.close()


def _shown(proxy: str) -> str:
    """A proxy's address without the login that may be in it.

    Raises:
        StartError: it is no address.
    """
    try:
        parts = urlsplit(proxy)
        if parts.scheme in ("http", "https") and parts.hostname:
            return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    except ValueError:
        # No address either.
        pass
    raise StartError("HTTPS_PROXY, HTTP_PROXY: the proxy has to be given as http://HOST:PORT")


async def check_server(
    url: str, key: str, secret: str, *, patience: float, proxy: str | None = None
) -> None:
    """See that a LiveKit server answers and takes the key.

    Args:
        patience: seconds to wait for a server that does not answer.
        proxy: see :class:`Connection`.

    Raises:
        StartError: it does not; naming the setting and the fix.
    """
    way = f" through the proxy {_shown(proxy)} (HTTPS_PROXY, HTTP_PROXY)" if proxy else ""
    deadline = asyncio.get_running_loop().time() + patience
    while True:
        try:
            await _list_rooms(url, key, secret, proxy)
            return
        except api.TwirpError as error:
            raise StartError(_refused(url, way, error)) from None
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            if asyncio.get_running_loop().time() >= deadline:
                raise StartError(
                    f"LIVEKIT_URL: no LiveKit server answers at {url}{way} ({_said(error)}); "
                    "start it, or correct the address"
                ) from None
            logger.warning("no LiveKit server answers at %s%s yet, trying again", url, way)
            await asyncio.sleep(_RETRY_SECONDS)


def _said(error: Exception) -> str:
    # The text of such an answer shows the address of a proxy, with the login that may be in it.
    if isinstance(error, aiohttp.ClientResponseError):
        return f"{error.status} {error.message}"
    return str(error)


async def _list_rooms(url: str, key: str, secret: str, proxy: str | None) -> None:
    async with Connection(url, key, secret, proxy) as server:
        await server.room.list_rooms(api.ListRoomsRequest(names=[_ANY_ROOM]))


def _refused(url: str, way: str, error: api.TwirpError) -> str:
    if error.status == 401:
        said = f" ({error.message})" if error.message else ""
        return (
            f"LIVEKIT_API_KEY, LIVEKIT_API_SECRET: the server at {url} refuses them{said}; "
            f"use a pair from its configuration (`keys:` or LIVEKIT_KEYS)"
        )
    said = error.message or f"status {error.status}"
    return f"LIVEKIT_URL: {url}{way} does not answer like a LiveKit server ({said})"
