"""Requests to the LiveKit server's API."""

from collections.abc import Callable, Sequence

import aiohttp

from livekit import api

Access = Callable[[], api.LiveKitAPI]
"""A connection, to be closed after the request."""
FAILURES = (api.TwirpError, aiohttp.ClientError, TimeoutError)
"""How a request fails: it is refused, or the server does not answer."""


async def participants(access: Access, room: str) -> Sequence[api.ParticipantInfo]:
    """All in a room, those it hides as well. Raises what :data:`FAILURES` names."""
    async with access() as server:
        there = await server.room.list_participants(api.ListParticipantsRequest(room=room))
    return there.participants
