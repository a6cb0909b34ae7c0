"""The page and its tokens over HTTP, on loopback.

Whoever reaches it gets a token, so it listens on this machine alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Container, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TypeAlias

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import ValidationError
from yarl import URL

from agent.local.errors import LocalRunError

from .tickets import Visitor, ticket

HOST = "127.0.0.1"
CLIENT = "livekit-client"
"""LiveKit's client for browsers, in the store of models."""
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - what to show for it, not what to bind
_PAGE = Path(__file__).parent / "page"
_FILES = {"/": "index.html", "/page.js": "page.js", "/style.css": "style.css"}

_CLIENT_FILES = {
    "/livekit-client.js": "livekit-client.umd.js",
    "/livekit-encryption.js": "livekit-client.e2ee.worker.js",
}


@dataclass(frozen=True)
class Site:
    """Attributes:
    livekit_url: where the browser finds the LiveKit server (``ws://…``).
    api_key, api_secret: of that server.
    languages: that may be spoken and heard (BCP-47).
    client: folder of LiveKit's client for browsers.
    has_key: whether its rooms are end-to-end encrypted, with a key that visitors have to bring.
    agent_name: of its interpreter, where it has one and comes only to rooms that dispatch it.
    host_names: by which a proxy in front of the page asks for it.
    """

    livekit_url: str
    api_key: str
    api_secret: str
    languages: tuple[str, ...]
    client: Path
    has_key: bool = False
    agent_name: str = ""
    host_names: tuple[str, ...] = ()

    def tell(self, address: str) -> Iterator[str]:
        """How to open the page; the key itself is not told."""
        yield f"Open {address} in a browser, once for each person."
        if self.has_key:
            yield (
                "Rooms are end-to-end encrypted: behind the address goes #key= and what "
                "INTERPRETER_ENCRYPTION__KEY is."
            )

    def application(self, host: str = HOST) -> web.Application:
        """What answers: the page, its files, ``GET /languages`` and ``POST /ticket``.

        Args:
            host: by which it is reached, beside any address in figures and the proxy's names.
        """
        names = {_host_in(name) for name in (host, "localhost", *self.host_names)}
        application = web.Application(middlewares=[_only_at(names - {""})])
        for path, name in _FILES.items():
            application.router.add_get(path, _serve(_PAGE / name))
        for path, name in _CLIENT_FILES.items():
            application.router.add_get(path, _serve(self.client / name))
        application.router.add_get("/languages", self._languages)
        application.router.add_post("/ticket", self._ticket)
        return application

    async def _languages(self, request: web.Request) -> web.Response:
        return web.json_response(self.languages)

    async def _ticket(self, request: web.Request) -> web.Response:
        try:
            visitor = Visitor.model_validate_json(await request.read())
        except ValidationError as error:
            reasons = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise web.HTTPBadRequest(text="; ".join(reasons)) from None
        token = ticket(
            visitor,
            api_key=self.api_key,
            api_secret=self.api_secret,
            agent_name=self.agent_name,
        )
        return web.json_response({"url": self.livekit_url, "token": token})


_Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _only_at(names: Container[str]) -> Middleware:
    """Answers nobody who reached this machine by a name that somebody else made up for it: to the
    browser a site of theirs that leads here is one with the page, and could read its tokens."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        asked = _host_in(request.host)
        if asked not in names and not _is_address(asked):
            raise web.HTTPMisdirectedRequest(
                text="Open the page by the address of its machine in figures. For a proxy in front "
                "of it that asks by a name of its own, start the page with --host-name and that "
                "name."
            )
        return await handler(request)

    return check


def _host_in(place: str) -> str:
    """The host of ``host:port`` in the form in which two can be compared; empty without one."""
    try:
        return URL(f"http://{place}").host or ""
    except ValueError:
        return ""


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _serve(file: Path) -> _Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        # What is changed in the checkout is seen at the next reload.
        return web.FileResponse(file, headers={"Cache-Control": "no-cache"})

    return answer


@asynccontextmanager
async def serving(site: Site, port: int = 0, *, host: str = HOST) -> AsyncIterator[str]:
    """Serve the site while the context is open; yields its address.

    Args:
        port: 0 for any that is free.
        host: address to listen on; whoever reaches it gets tokens.

    Raises:
        LocalRunError: the port is taken, or the address is not this machine's.
    """
    runner = web.AppRunner(site.application(host), access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except (OSError, OverflowError, UnicodeError) as error:
            # A port beyond 65535 and what is no host name are no errors of the system.
            reason = error.strerror if isinstance(error, OSError) else error
            taken = f"the page cannot be at {host}:{port} ({reason})"
            raise LocalRunError(
                f"{taken}; choose another port (PORT=8081, --port 8081), or with --host an "
                "address of this machine"
            ) from None
        reached = HOST if host in _EVERYWHERE else host
        yield f"http://{reached}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
