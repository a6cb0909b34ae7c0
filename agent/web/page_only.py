"""The page alone, for a LiveKit server that runs already, with its interpreter."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from rich.console import Console

from agent.config import Settings, load_settings, missing_credentials
from agent.local.errors import LocalRunError
from agent.local.preparation import REASONS
from agent.models import Store
from agent.provisioning import Progress
from agent.provisioning.progress import say

from .site import CLIENT, Site, serving


def site_of(languages: Sequence[str], host_names: Sequence[str], progress: Progress) -> Site:
    """The page for the server that the settings name.

    Args:
        languages: to speak and to hear; none for those of the settings.
        host_names: see :class:`Site`.

    Raises:
        LocalRunError: something is not set or cannot be got.
    """
    try:
        settings = load_settings()
        secret = settings.livekit_api_secret.get_secret_value()
        access = settings.livekit_url, settings.livekit_api_key, secret
        if missing := missing_credentials(*access):
            raise LocalRunError("\n".join(missing))
        client = Store.from_settings(settings).ensure(CLIENT, progress)
    except REASONS as error:
        raise LocalRunError(str(error)) from None
    languages = tuple(languages) or _spoken_and_produced(settings)
    has_key = bool(settings.encryption.key)
    return Site(*access, languages, client, has_key, settings.agent_name, tuple(host_names))


def _spoken_and_produced(settings: Settings) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*settings.source_language, *settings.languages)))


async def show(site: Site, host: str, port: int, console: Console) -> None:
    """Serve the page until cancelled.

    Raises:
        LocalRunError: the port is taken.
    """
    async with serving(site, port, host=host) as address:
        for line in site.tell(address):
            say(console, line)
        say(console, f"It leads to rooms on {site.livekit_url}, where an interpreter has to be.")
        say(console, "^C ends the page.")
        await asyncio.Event().wait()
