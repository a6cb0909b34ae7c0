"""What somebody who opens the page may do in a room. Pure."""

from __future__ import annotations

import secrets
from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

from agent.hearing import HEARS
from agent.routing import SPEAKS, VOICE
from livekit import api

_LONGEST = 64
# Of a list: every language that Whisper knows.
_LONGEST_LIST = 1024
_VALID = timedelta(hours=6)


class Visitor(BaseModel):
    """Attributes:
    name: shown to the others; need not be unique.
    room: where they go.
    speaks: language of their microphone (BCP-47), or several of which one is heard, separated by
        commas; empty for who only listens.
    voice: how they want to sound in translation, ``female`` or ``male``; empty for any.
    hears: language they want to hear, or ``original``.
    """

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=_LONGEST)
    room: str = Field(min_length=1, max_length=_LONGEST)
    speaks: str = Field(default="", max_length=_LONGEST_LIST)
    voice: str = Field(default="", max_length=_LONGEST)
    hears: str = Field(min_length=1, max_length=_LONGEST)


def ticket(visitor: Visitor, *, api_key: str, api_secret: str, agent_name: str = "") -> str:
    """A token for the room; two visitors of the same name are two participants.

    Args:
        agent_name: of an interpreter that comes only where it is dispatched. The token dispatches
            it where it opens the room; in a room that is open already nothing is dispatched.
    """
    grants = api.VideoGrants(
        room_join=True,
        room=visitor.room,
        can_publish=bool(visitor.speaks),
        can_publish_sources=["microphone"] if visitor.speaks else None,
        # Captions are data: a visitor could write some in anybody's name.
        can_publish_data=False,
        can_update_own_metadata=True,
    )
    attributes = {HEARS: visitor.hears}
    if visitor.speaks:
        attributes[SPEAKS] = visitor.speaks
    if visitor.speaks and visitor.voice:
        attributes[VOICE] = visitor.voice
    token = (
        api.AccessToken(api_key, api_secret)
        .with_identity(f"{visitor.name}-{secrets.token_hex(3)}")
        .with_name(visitor.name)
        .with_ttl(_VALID)
        .with_grants(grants)
        .with_attributes(attributes)
    )
    if agent_name:
        dispatch = api.RoomAgentDispatch(agent_name=agent_name)
        token = token.with_room_config(api.RoomConfiguration(agents=[dispatch]))
    return token.to_jwt()
